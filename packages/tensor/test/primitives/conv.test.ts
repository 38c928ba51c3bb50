import fc from "fast-check";
import { describe, it } from "vitest";
import type { Tensor } from "../../src/index";
import { type ConvParams, conv } from "../../src/primitives/conv";
import { checkRules, forAll } from "../support/rules";

interface Case {
  readonly x: number[];
  readonly w: number[];
  readonly params: ConvParams;
}

const upTo = (n: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: n });

/** Shapes and parameters of a convolution over `spatial` axes. */
const cases = (spatial: number): fc.Arbitrary<Case> => {
  const axis = fc.record({
    input: upTo(5),
    window: upTo(3),
    stride: upTo(2),
    padding: fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 })),
    lhs: upTo(2),
    rhs: upTo(2),
  });
  return fc
    .record({
      axes: fc.array(axis, { minLength: spatial, maxLength: spatial }),
      batch: upTo(2),
      perGroup: upTo(2),
      out: upTo(2),
      groups: upTo(2),
      batchGroups: upTo(2),
    })
    .map(({ axes, batch, perGroup, out, groups, batchGroups }) => {
      // Either the channels or the batch are cut into groups.
      const g = batchGroups > 1 ? 1 : groups;
      return {
        x: [batch * batchGroups, perGroup * g, ...axes.map((a) => a.input)],
        w: [out * g * batchGroups, perGroup, ...axes.map((a) => a.window)],
        params: {
          strides: axes.map((a) => a.stride),
          padding: axes.map((a) => a.padding),
          lhsDilation: axes.map((a) => a.lhs),
          rhsDilation: axes.map((a) => a.rhs),
          groups: g,
          batchGroups,
        },
      };
    });
};

describe("rules of convolution", () => {
  it.each([1, 2, 3])(
    "over %i axes: derivatives by input and kernel, and batches, for all parameters",
    (spatial) => {
      forAll(
        cases(spatial),
        ({ x, w, params }, seed) => {
          const f = (input: Tensor, kernel: Tensor): Tensor => conv(input, kernel, params);
          checkRules({ f, make: (s) => [s.uniform(x), s.uniform(w)] }, seed);
        },
        spatial === 1 ? 30 : 8,
      );
    },
  );
});
