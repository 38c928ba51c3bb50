import { describe, expect, it } from "vitest";
import { pixels, side } from "../src/digits";
import { drawDigits } from "../src/draw-digits";
import { uniformOf } from "./uniform-of";

describe("drawDigits", () => {
  it("draws the same digits from the same numbers and others from others", () => {
    expect(drawDigits(20, uniformOf(1))).toEqual(drawDigits(20, uniformOf(1)));
    expect(drawDigits(20, uniformOf(1)).images).not.toEqual(drawDigits(20, uniformOf(2)).images);
  });

  it("draws each digit once in every ten", () => {
    const { images, labels } = drawDigits(30, uniformOf(3));
    expect([...labels]).toEqual(Array.from({ length: 30 }, (_, i) => i % 10));
    expect(images).toHaveLength(30 * pixels);
  });

  it("puts enough ink on every image, and away from its rim", () => {
    const { images } = drawDigits(500, uniformOf(4));
    for (let i = 0; i < 500; i++) {
      const image = images.subarray(i * pixels, (i + 1) * pixels);
      const dark = image.reduce((count, level) => count + Number(level > 127), 0);
      expect(dark).toBeGreaterThan(15);
      expect(dark).toBeLessThan(pixels / 3);
      const rim = image.filter((_, p) => p < side || p >= pixels - side);
      // A long stroke may touch the rim; a digit that is cut off would fill much of it.
      expect(rim.reduce((count, level) => count + Number(level > 127), 0)).toBeLessThan(6);
    }
  });

  it("draws digits that differ between classes more than within one", () => {
    const { images } = drawDigits(400, uniformOf(5));
    const mean = (label: number, half: number): Float64Array => {
      const sum = new Float64Array(pixels);
      for (let i = half * 200 + label; i < half * 200 + 200; i += 10) {
        images.subarray(i * pixels, (i + 1) * pixels).forEach((level, p) => {
          sum[p] = (sum[p] as number) + level / 20;
        });
      }
      return sum;
    };
    const distance = (a: Float64Array, b: Float64Array): number =>
      Math.hypot(...a.map((x, p) => x - (b[p] as number)));
    for (let label = 0; label < 10; label++) {
      const own = distance(mean(label, 0), mean(label, 1));
      const others = [...Array(10).keys()].filter((other) => other !== label);
      const nearest = Math.min(...others.map((o) => distance(mean(label, 0), mean(o, 1))));
      expect(own).toBeLessThan(nearest);
    }
  });
});
