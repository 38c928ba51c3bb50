import { describe, expect, it } from "vitest";
import { augment, greyLevels, numbersPerImage } from "../src/augment";
import { pixels, side } from "../src/digits";
import { drawDigits } from "../src/draw-digits";
import { uniformOf } from "./uniform-of";

const { images } = drawDigits(3, uniformOf(1));
const half = new Array<number>(2 * numbersPerImage).fill(0.5);

describe("augment", () => {
  it("leaves images alone when every number is the middle one, and takes those asked for", () => {
    const [first, third] = [0, 2].map((i) =>
      greyLevels(images.subarray(i * pixels, (i + 1) * pixels)),
    );
    expect([...augment(images, [2, 0], half)]).toEqual([...(third ?? []), ...(first ?? [])]);
  });

  it("shifts by up to two pixels, bringing in paper", () => {
    const image = new Uint8Array(pixels);
    image[10 * side + 10] = 255;
    image[5 * side + side - 1] = 255;
    const right = [...half];
    right[4] = 1;
    const moved = augment(image, [0], right);
    // The map tells where a pixel comes from: two to the right is read, so ink moves two to the left.
    expect(moved[10 * side + 8]).toBe(1);
    expect(moved[5 * side + side - 3]).toBe(1);
    expect(moved.reduce((sum, level) => sum + level, 0)).toBe(2);
  });

  it("keeps levels between 0 and 1 and most of the ink, whatever the numbers", () => {
    const uniform = uniformOf(2);
    const ink = (levels: ArrayLike<number>): number =>
      Array.from(levels).reduce((sum, level) => sum + level, 0);
    for (let run = 0; run < 50; run++) {
      const out = augment(images, [1], Array.from({ length: numbersPerImage }, uniform));
      expect(out.every((level) => level >= 0 && level <= 1)).toBe(true);
      const share = ink(out) / ink(greyLevels(images.subarray(pixels, 2 * pixels)));
      // Areas change by (1 ± 0.15)² and by the shear; little is pushed over the rim.
      expect(share).toBeGreaterThan(0.6);
      expect(share).toBeLessThan(1.5);
    }
  });
});
