import fc from "fast-check";
import { describe, it } from "vitest";
import type { Tensor } from "../../src/index";
import { maxPool, type PoolParams, sumPool } from "../../src/primitives/pool";
import { checkRules, forAll } from "../support/rules";
import { shapes } from "../support/views";

interface Case {
  readonly shape: number[];
  readonly params: PoolParams;
}

/** Windows over one to three axes; padding smaller than the window, so that none lies outside. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    lead: shapes(2, 2),
    axes: fc.array(
      fc.record({
        input: fc.integer({ min: 1, max: 5 }),
        window: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.integer({ min: 1, max: 2 }),
        before: fc.nat(2),
        after: fc.nat(2),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ lead, axes }) => ({
    shape: [...lead, ...axes.map((a) => a.input)],
    params: {
      window: axes.map((a) => a.window),
      strides: axes.map((a) => a.stride),
      // Between the taps of a dilated window over padding there may be no element at all.
      padding: axes.map((a): [number, number] => {
        const most = a.dilation > 1 ? 0 : a.window - 1;
        return [Math.min(a.before, most), Math.min(a.after, most)];
      }),
      dilation: axes.map((a) => a.dilation),
    },
  }));

describe("rules of pooling", () => {
  it("sumPool: derivatives and batches; its transpose has them, too", () => {
    forAll(
      cases,
      ({ shape, params }, seed) => {
        const f = (x: Tensor): Tensor => {
          const y = sumPool(x, params);
          return y.mul(y);
        };
        checkRules({ f, make: (s) => [s.uniform(shape)] }, seed);
      },
      12,
    );
  });

  it("maxPool: the gradient goes to the winner of each window", () => {
    forAll(
      cases,
      ({ shape, params }, seed) => {
        const f = (x: Tensor): Tensor => {
          const y = maxPool(x, params)[0];
          return y.mul(y);
        };
        checkRules({ f, make: (s) => [s.distinct(shape)] }, seed);
      },
      12,
    );
  });

  it("places of maxima batch", () => {
    forAll(cases, ({ shape, params }, seed) =>
      checkRules({ f: (x) => maxPool(x, params)[1], make: (s) => [s.distinct(shape)] }, seed, {
        gradients: false,
      }),
    );
  });
});
