import { describe, expect, test } from "vitest";
import { resultOf, targetText } from "../src/result";
import type { Row } from "../src/row";

const row: Row = {
  name: "work",
  unit: "ms",
  peerName: "other",
  target: { of: "ratio", atMost: 0.5 },
  setup: () => {
    throw new Error("not needed to judge its figures");
  },
};

describe("resultOf", () => {
  test("has the documented fields in their order, all of them plain JSON", () => {
    const result = resultOf(row, { ours: 2, peer: 8 });
    expect(JSON.stringify(result)).toBe(
      '{"name":"work","unit":"ms","ours":2,"peer":8,"peerName":"other","ratio":0.25,"target":"≤ 0.50×","met":true}',
    );
  });

  test("meets a ratio target on its bound and misses it above", () => {
    expect(resultOf(row, { ours: 5, peer: 10 }).met).toBe(true);
    expect(resultOf(row, { ours: 5.01, peer: 10 }).met).toBe(false);
  });

  test("judges our own figure where the target says so, with or without a peer", () => {
    const overhead: Row = { ...row, unit: "µs", target: { of: "ours", atMost: 15 } };
    expect(resultOf(overhead, { ours: 14, peer: 1 })).toMatchObject({ ratio: 14, met: true });
    expect(resultOf(overhead, { ours: 16, peer: null })).toMatchObject({ ratio: null, met: false });
  });

  test("leaves a ratio target undecided where the peer was left out", () => {
    expect(resultOf(row, { ours: 2, peer: null })).toMatchObject({
      peer: null,
      ratio: null,
      met: null,
    });
  });

  test("writes null for the target and its outcome of a row without one, and for a missing peer's name", () => {
    const plain: Row = { name: "work", unit: "MB", setup: row.setup };
    expect(resultOf(plain, { ours: 2, peer: null })).toMatchObject({
      peerName: null,
      target: null,
      met: null,
    });
  });

  test("has no figures for a row that failed", () => {
    expect(resultOf(row, null)).toMatchObject({ ours: null, peer: null, ratio: null, met: null });
  });
});

describe("targetText", () => {
  test("states ratios as multiples of the peer's figure and own figures in the unit", () => {
    expect(targetText({ of: "ratio", atMost: 1 / 3 }, "ms")).toBe("≤ 0.33×");
    expect(targetText({ of: "ours", atMost: 15 }, "µs")).toBe("≤ 15 µs");
  });
});
