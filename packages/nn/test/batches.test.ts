import { arange, ones, random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batches, shuffle } from "../src/index";

const key = random.key(5);
const list = (x: Tensor): number[] => [...x.dataSync()];

describe("batches", () => {
  test("hold every example once in an epoch, in an order of its own", () => {
    const sizes = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      size: fc.integer({ min: 1, max: 22 }),
    });
    fc.assert(
      fc.property(sizes, ({ count, size }) => {
        const source = batches(key, { x: arange(count) }, size, { epochs: 2 });
        const all = [...source].map(({ x }) => list(x));
        expect(all.length).toBe(2 * source.stepsPerEpoch);
        for (const epoch of [all.slice(0, source.stepsPerEpoch), all.slice(source.stepsPerEpoch)]) {
          expect(epoch.flat().sort((a, b) => a - b)).toEqual(list(arange(count)));
        }
      }),
      { numRuns: 30, seed: 1 },
    );
    const [first, second] = [...batches(key, arange(50), 50, { epochs: 2 })].map(list);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(list(arange(50)));
  });

  test("keep the tensors of a tree together, whatever their shapes and dtypes", () => {
    const x = random.normal(random.key(1), [7, 2]);
    const y = arange(7, { dtype: "i32" });
    for (const batch of batches(key, { x, y: [y] }, 3)) {
      assertClose(batch.x, x.at(list(batch.y[0] as Tensor)));
      expect(batch.y[0]?.dtype).toBe("i32");
    }
  });

  test("can be taken up at any step", () => {
    const all = [...batches(key, arange(10), 4, { epochs: 3 })].map(list);
    for (const from of [0, 1, 4, 8]) {
      const rest = batches(key, arange(10), 4, { epochs: 3, from });
      expect([...rest].map(list)).toEqual(all.slice(from));
      expect(list(rest.at(from))).toEqual(all[from]);
    }
  });

  test("leave out a smaller last batch, or the shuffling, if asked", () => {
    const full = [...batches(key, arange(10), 4, { dropLast: true })];
    expect(full.map((x) => x.shape)).toEqual([[4], [4]]);
    const ordered = [...batches(null, arange(5), 2, { shuffle: false })].map(list);
    expect(ordered).toEqual([[0, 1], [2, 3], [4]]);
  });

  test("never end with epochs: Infinity", () => {
    let steps = 0;
    for (const _ of batches(key, arange(3), 2, { epochs: Infinity })) if (++steps === 100) break;
    expect(steps).toBe(100);
  });

  test("refuse data and settings that make no batches", () => {
    expect(() => batches(key, { x: ones([3]), y: ones([2]) }, 1)).toThrow(
      "batches: expected tensors with one number of examples ≥ 1 along axis 0; got shape [2] as y, beside 3 examples",
    );
    expect(() => batches(key, {}, 1)).toThrow("got no tensor");
    expect(() => batches(key, tensor(3), 1)).toThrow("got shape [] as data");
    expect(() => batches(key, ones([3]), 0)).toThrow(
      "batches: expected a positive integer for size; got 0",
    );
    expect(() => batches(key, ones([3]), 4, { dropLast: true })).toThrow(
      "batches: expected a size of at most 3, the number of examples; got 4; use dropLast: false or a smaller size",
    );
    expect(() => batches(key, ones([3]), 1, { from: 0.5 })).toThrow(
      "batches: expected a whole number ≥ 0 for from",
    );
    expect(() => batches(null, ones([3]), 1)).toThrow("batches: expected a key; got null");
  });
});

test("shuffle gives all tensors one order", () => {
  const [a, b] = shuffle(key, [arange(20), arange(20).mul(2)]) as [Tensor, Tensor];
  assertClose(b, a.mul(2));
  expect(list(a)).not.toEqual(list(arange(20)));
  expect(list(a).sort((p, q) => p - q)).toEqual(list(arange(20)));
});
