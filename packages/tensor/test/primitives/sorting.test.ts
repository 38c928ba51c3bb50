import fc from "fast-check";
import { describe, it } from "vitest";
import type { Tensor } from "../../src/index";
import * as p from "../../src/primitives/sorting";
import { checkRules, forAll } from "../support/rules";
import { shapes } from "../support/views";

const rows = shapes(3, 5).filter((s) => s.length > 0);

describe("rules of ordering primitives", () => {
  it("sort: the gradient follows each element to its place", () => {
    forAll(rows, (shape, seed) => {
      const f = (x: Tensor): Tensor => {
        const y = p.sort(x);
        return y.mul(y);
      };
      checkRules({ f, make: (s) => [s.distinct(shape)] }, seed);
    });
  });

  it("topK: the gradient goes to the elements that were taken", () => {
    forAll(fc.tuple(rows, fc.nat()), ([shape, n], seed) => {
      const k = n % ((shape.at(-1) as number) + 1);
      const f = (x: Tensor): Tensor => {
        const y = p.topK(x, k)[0];
        return y.mul(y);
      };
      checkRules({ f, make: (s) => [s.distinct(shape)] }, seed);
    });
  });

  it("argsort, the places of topK and searchSorted batch", () => {
    const plain = { gradients: false };
    forAll(rows, (shape, seed) => {
      checkRules({ f: p.argsort, make: (s) => [s.integers(shape, 0, 4)] }, seed, plain);
      const k = Math.min(2, shape.at(-1) as number);
      const places = (x: Tensor): Tensor => p.topK(x, k)[1];
      checkRules({ f: places, make: (s) => [s.integers(shape, 0, 4)] }, seed, plain);
      const queries = [...shape.slice(0, -1), 3];
      checkRules(
        {
          f: (x, q) => p.searchSorted(p.sort(x), q, "left"),
          make: (s) => [s.integers(shape, 0, 4), s.integers(queries, -1, 5)],
        },
        seed,
        plain,
      );
    });
  });
});
