import { describe, expect, test } from "vitest";
import { formatFigure, formatTable } from "../src/report";
import type { Result } from "../src/result";

describe("formatFigure", () => {
  test("gives three significant digits, whole numbers from a thousand on, and a dash for nothing", () => {
    expect(formatFigure(1.23456, "ms")).toBe("1.23 ms");
    expect(formatFigure(0.0098765, "ms")).toBe("0.00988 ms");
    expect(formatFigure(12345.6, "µs")).toBe("12346 µs");
    expect(formatFigure(null, "MB")).toBe("–");
  });
});

describe("formatTable", () => {
  const result: Result = {
    name: "product",
    unit: "ms",
    ours: 2,
    peer: 8,
    peerName: "other",
    ratio: 0.25,
    target: "≤ 0.50×",
    met: true,
  };
  const cells = (line: string | undefined): string[] =>
    (line ?? "")
      .split("│")
      .map((cell) => cell.trim())
      .slice(1, -1);

  test("shows name, both figures, peer, ratio, target and outcome", () => {
    const lines = formatTable([result]).split("\n");
    expect(cells(lines[3])).toEqual([
      "product",
      "2 ms",
      "8 ms",
      "other",
      "0.25×",
      "≤ 0.50×",
      "yes",
    ]);
  });

  test("shows a missed target and a failed row plainly", () => {
    const missed = { ...result, ours: 6, ratio: 0.75, met: false };
    const failed = { ...result, ours: null, peer: null, ratio: null, met: null };
    const lines = formatTable([missed, failed]).split("\n");
    expect(cells(lines[3])?.at(-1)).toBe("NO");
    expect(cells(lines[4])).toEqual(["product", "failed", "–", "other", "–", "≤ 0.50×", "–"]);
  });
});
