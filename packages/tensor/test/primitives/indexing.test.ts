import fc from "fast-check";
import { describe, it } from "vitest";
import type { Tensor } from "../../src/index";
import { gather, scatterAdd } from "../../src/primitives/indexing";
import { checkRules, forAll } from "../support/rules";

const length = fc.integer({ min: 1, max: 3 });
const axes = (most: number): fc.Arbitrary<number[]> => fc.array(length, { maxLength: most });
const cases = fc.record({
  shared: axes(2),
  pre: axes(1),
  n: length,
  post: axes(1),
  index: axes(2),
});

describe("rules of gather and scatterAdd", () => {
  it("gather: derivatives, batches of the tensor, of the indices and of both", () => {
    forAll(
      cases,
      ({ shared, pre, n, post, index }, seed) => {
        const f = (x: Tensor, i: Tensor): Tensor => {
          const y = gather(x, i, shared.length, shared.length + pre.length);
          return y.mul(y);
        };
        const floats = [...shared, ...pre, n, ...post];
        checkRules(
          { f, make: (s) => [s.uniform(floats), s.integers([...shared, ...index], 0, n)] },
          seed,
        );
      },
      16,
    );
  });

  it("scatterAdd: derivatives and batches, with repeated and dropped indices", () => {
    forAll(
      cases,
      ({ shared, pre, n, post, index }, seed) => {
        const f = (u: Tensor, i: Tensor): Tensor => {
          const y = scatterAdd(u, i, shared.length, shared.length + pre.length, n);
          return y.mul(y);
        };
        const updates = [...shared, ...pre, ...index, ...post];
        checkRules(
          { f, make: (s) => [s.uniform(updates), s.integers([...shared, ...index], -1, n + 1)] },
          seed,
        );
      },
      16,
    );
  });
});
