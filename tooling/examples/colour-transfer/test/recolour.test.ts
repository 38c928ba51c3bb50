import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { methods } from "../src/arguments";
import { contactSheet, shrink } from "../src/contact-sheet";
import { findPictures } from "../src/find-pictures";
import { CAPTION } from "../src/letters";
import { colourDistance, recolour } from "../src/recolour";

const data = process.env["X_DATA_DIR"] ?? join(import.meta.dirname, "../../../../../shared/data");
const present = existsSync(join(data, "sklearn/china.jpg"));

describe("recolour", () => {
  const drawn = findPictures({ pictures: undefined, data: "/nowhere" });

  test("has drawn pictures where there are no photographs, and says so", () => {
    expect(drawn.origin).toMatch(/^two drawn ones: there are no china\.jpg and flower\.jpg in /);
    expect(drawn.source.pixels).toHaveLength(4 * 240 * 160);
  });

  test.each(methods)("by %s brings colours much closer to the target's", (method) => {
    const before = colourDistance(drawn.source, drawn.target);
    const { picture, distance } = recolour(drawn, method, { samples: 500, seed: 0 });
    expect(picture.pixels).toHaveLength(drawn.source.pixels.length);
    // The affine map has the right mean and covariance, and a shape of its own.
    expect(distance).toBeLessThan((method === "gaussian" ? 0.5 : 0.25) * before);
  });

  test.runIf(present)("recolours the photographs", { timeout: 120_000 }, () => {
    const pair = findPictures({ pictures: undefined, data });
    expect([pair.source.width, pair.source.height]).toEqual([640, 427]);
    const { distance } = recolour(pair, "emd", { samples: 500, seed: 0 });
    expect(distance).toBeLessThan(0.1 * colourDistance(pair.source, pair.target));
  });

  test.skipIf(present)("is not tried on photographs: set X_DATA_DIR to their folder", () => {});
});

describe("contactSheet", () => {
  const flat = (width: number, height: number, value: number) => ({
    width,
    height,
    pixels: new Uint8Array(4 * width * height).fill(value),
  });

  test("shrinks by means and enlarges nothing", () => {
    const picture = { width: 2, height: 2, pixels: Uint8Array.from({ length: 16 }, (_, k) => k) };
    expect([...shrink(picture, 1).pixels]).toEqual([6, 7, 8, 9]);
    expect(shrink(picture, 5)).toEqual({
      ...picture,
      pixels: new Uint8ClampedArray(picture.pixels),
    });
  });

  test("shows every picture once, with letters below it", () => {
    const sheet = contactSheet([
      ["source", flat(840, 420, 10)],
      ["target", flat(100, 50, 20)],
      ["emd", flat(420, 30, 30)],
    ]);
    expect([sheet.width, sheet.height]).toEqual([876, 210 + 30 + 2 * CAPTION + 36]);
    const count = (value: number) => {
      let sum = 0;
      for (let at = 0; at < sheet.pixels.length; at += 4) if (sheet.pixels[at] === value) sum++;
      return sum;
    };
    expect([count(10), count(20), count(30)]).toEqual([420 * 210, 100 * 50, 420 * 30]);
    expect(count(60)).toBeGreaterThan(15 * 9 * 5);
  });
});
