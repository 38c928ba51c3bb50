import { random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { colorTransfer } from "../../src/mapping";
import { quantileMap, shiftAt } from "../../src/mapping/sliced-flow";
import { slicedWasserstein } from "../../src/sliced";

const methods = ["emd", "sinkhorn", "sliced", "gaussian"] as const;

/** Colours about a mean, correlated, well inside [0, 1]. */
function colors(seed: number, n: number, mean: number[], spread: number): Tensor {
  const noise = random.uniform(random.key(seed), [n, 3], { dtype: "f64" }).sub(0.5);
  const mix = tensor(
    [
      [1, 0.5, 0],
      [0, 1, 0.3],
      [0.2, 0, 1],
    ],
    { dtype: "f64" },
  );
  return noise.matmul(mix).mul(spread).add(mean);
}

const source = colors(1, 3000, [0.3, 0.4, 0.5], 0.3);
const target = colors(2, 2500, [0.6, 0.5, 0.4], 0.15);

const covariance = (x: Tensor): Tensor => {
  const centred = x.sub(x.mean(0));
  return centred.T.matmul(centred).div(x.shape[0] as number);
};

describe("colorTransfer", () => {
  it.each(methods)("by %s leaves an image that has the colours already", (method) => {
    // 1e-6 is a thousandth of a step of 8 bits; sinkhorn stops at that error.
    assertClose(colorTransfer(source, source, { method, samples: 400 }), source, {
      absolute: 1e-6,
    });
  });

  it.each(methods)("by %s recovers a shift of all colours", (method) => {
    const shift = [0.2, -0.1, 0.05];
    // Sinkhorn's stop at a marginal error of 1e-6 leaves its potentials, and the means, as much off.
    const options = { method, samples: 400 };
    assertClose(colorTransfer(source, source.add(shift), options), source.add(shift), {
      absolute: 1e-4,
    });
  });

  it("by Gaussians gives the target's mean and covariance", () => {
    const result = colorTransfer(source, target, { method: "gaussian" });
    assertClose(result.mean(0), target.mean(0), { absolute: 1e-12 });
    assertClose(covariance(result), covariance(target), { absolute: 1e-6 });
  });

  it.each(methods)("by %s comes much closer to the target's colours", (method) => {
    const distance = (x: Tensor) => slicedWasserstein(x, target, { projections: 30 }).value;
    const result = colorTransfer(source, target, { method, samples: 500 });
    // A cloud of 500 samples is itself some 0.01 from the one it was drawn from.
    expect(distance(result)).toBeLessThan(0.2 * distance(source));
  });

  it.each(methods)("by %s gives the same bits for the same seed", (method) => {
    const run = (seed: number) =>
      colorTransfer(source, target, { method, seed, samples: 100 }).dataSync();
    expect(run(3)).toEqual(run(3));
    if (method !== "gaussian") expect(run(4)).not.toEqual(run(3));
  });

  it("takes and gives RGBA bytes, keeps their opacity, and cuts to what bytes can show", () => {
    const source = new Uint8ClampedArray([0, 0, 0, 7, 255, 255, 255, 255]);
    const target = new Uint8Array([200, 100, 0, 0, 255, 200, 100, 0, 100, 0, 0, 1]);
    for (const method of methods) {
      const result = colorTransfer(source, target, { method });
      expect(result).toBeInstanceOf(Uint8ClampedArray);
      expect([result[3], result[7]]).toEqual([7, 255]);
      expect(result[0]).toBeLessThan(result[4] as number);
    }
    // One sample each, of the source the black one: everything moves by (200, 100, 0).
    const one = colorTransfer(source, target.subarray(0, 4), {
      method: "emd",
      samples: 1,
      seed: 1,
    });
    expect([...one.subarray(4)]).toEqual([255, 255, 255, 255]);
  });

  it("keeps the shape of an image of numbers and stays within [0, 1]", () => {
    const image = source.reshape([50, 60, 3]);
    const bright = colors(3, 300, [0.9, 0.9, 0.9], 0.1).minimum(1);
    for (const method of methods) {
      const result = colorTransfer(image, bright, { method, samples: 200 });
      expect(result.shape).toEqual([50, 60, 3]);
      expect(result.max().item()).toBeLessThanOrEqual(1);
      expect(result.min().item()).toBeGreaterThanOrEqual(0);
    }
  });

  it("has a result for images of one colour and of greys", () => {
    const flat = tensor(
      Array.from({ length: 5 }, () => [0.25, 0.5, 0.75]),
      { dtype: "f64" },
    );
    const grey = tensor(
      Array.from({ length: 20 }, (_, i) => [i / 20, i / 20, i / 20]),
      { dtype: "f64" },
    );
    for (const method of methods) {
      assertClose(colorTransfer(flat, flat, { method }), flat, { absolute: 1e-9 });
      expect(colorTransfer(grey, flat, { method }).sum().item()).not.toBeNaN();
      expect(colorTransfer(flat, grey, { method }).sum().item()).not.toBeNaN();
      expect(colorTransfer(grey, target, { method }).sum().item()).not.toBeNaN();
    }
  });

  it("refuses what is no image", () => {
    expect(() => colorTransfer(new Uint8Array(5), target)).toThrow("positive multiple of 4; got 5");
    expect(() => colorTransfer([[1, 2]], target)).toThrow("[h, w, 3]; got shape [1, 2]");
    expect(() => colorTransfer([[1, 255, 3]], target)).toThrow(
      "between 0 and 1 in source; got 255 at pixel 0",
    );
    expect(() => colorTransfer(source, target, { samples: 0 })).toThrow("expected samples ≥ 1");
    expect(() => colorTransfer(source, target, { method: "magic" as never })).toThrow(
      'got "magic"',
    );
  });
});

describe("quantileMap", () => {
  it("takes sorted numbers to sorted numbers, ties to their mean, and shifts beyond the ends", () => {
    const map = quantileMap(Float64Array.of(3, 0, 1, 1), Float64Array.of(10, 40, 20, 30));
    const at = (z: number) => z + shiftAt(map, z);
    expect([0, 1, 3].map(at)).toEqual([10, 25, 40]);
    expect([at(-2), at(5), at(2)]).toEqual([8, 42, 32.5]);
  });
});

describe("shiftAt", () => {
  it("finds its knots as a search through all of them does, however they crowd", () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const tiny = number.map((x) => x * 1e-12);
    const list = fc.array(fc.oneof(number, tiny), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        list,
        fc.array(number, { minLength: 1, maxLength: 40 }),
        list,
        (x, y, queries) => {
          const map = quantileMap(Float64Array.from(x), Float64Array.from(y));
          const { from, to } = map;
          const last = from.length - 1;
          for (const z of [...x, ...queries]) {
            const right = from.findIndex((knot) => knot >= z);
            const k = right < 0 ? last : right;
            const shift = (i: number) => (to[i] as number) - (from[i] as number);
            const [low, high] = [from[k - 1] ?? z, from[k] as number];
            const inside = right > 0 && z < (from[last] as number);
            const part = (z - low) / (high - low);
            const expected = inside ? (1 - part) * shift(k - 1) + part * shift(k) : shift(k);
            expect(shiftAt(map, z)).toBe(expected);
          }
        },
      ),
    );
  });
});
