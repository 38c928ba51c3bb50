import { ArgumentError, ShapeError } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { sinkhorn, sinkhornSample } from "../../src/sinkhorn";

const C = [
  [0, 1],
  [1, 0],
];

describe("sinkhorn refuses", () => {
  it.each([
    [
      [[0.5, 0.5, 0], null, C],
      ShapeError,
      /sinkhorn: expected a with shape \[2\]; got shape \[3\]/,
    ],
    [[null, null, [0, 1]], ShapeError, /expected C with two axes/],
    [[[0.5, -0.5], null, C], ArgumentError, /expected weights ≥ 0; got a\[1\] = -0.5/],
    [[[0.5, Number.NaN], null, C], ArgumentError, /got a\[1\] = NaN/],
    [[[0.5, 0.6], null, C], ArgumentError, /expected a and b with the same sum; got 1.1 and 1/],
    [
      [
        null,
        null,
        [
          [0, Number.NaN],
          [1, 0],
        ],
      ],
      ArgumentError,
      /got C\[0, 1\] = NaN/,
    ],
    [
      [
        null,
        null,
        [
          [0, -Infinity],
          [1, 0],
        ],
      ],
      ArgumentError,
      /got C\[0, 1\] = -Infinity/,
    ],
    [[null, null, C, { eps: 0 }], ArgumentError, /expected eps > 0, in units of the cost; got 0/],
    [[null, null, C, { eps: Number.NaN }], ArgumentError, /expected eps > 0/],
    [
      [null, null, C, { overrelax: 1.5, mode: "log" }],
      ArgumentError,
      /no overrelax with mode "log"; got 1.5/,
    ],
    [
      [null, null, C, { overrelax: 1.5, anderson: 5 }],
      ArgumentError,
      /anderson or overrelax; got both, 5 and 1.5/,
    ],
    [
      [null, null, C, { anderson: 0 }],
      ArgumentError,
      /anderson to be a whole number ≥ 1 or false; got 0/,
    ],
    [[null, null, C, { overrelax: 2 }], ArgumentError, /expected overrelax between 0 and 2; got 2/],
    [[null, null, C, { anneal: 1 }], ArgumentError, /expected anneal between 0 and 1/],
    [[null, null, C, { tol: -1 }], ArgumentError, /expected tol between 0 and Infinity/],
    [
      [null, null, C, { maxIterations: 0 }],
      ArgumentError,
      /expected maxIterations to be a whole number/,
    ],
    [
      [null, null, C, { mode: "fast" }],
      ArgumentError,
      /expected mode "auto", "scaling", "log" or "stabilized"/,
    ],
    [
      [null, null, C, { init: { f: [0], g: [0, 0] } }],
      ShapeError,
      /expected init.f with shape \[2\]/,
    ],
    [
      [
        null,
        null,
        [
          [Infinity, Infinity],
          [1, 0],
        ],
      ],
      ArgumentError,
      /expected a finite cost in every row and column of positive weight; row 0 of C has none/,
    ],
  ])("%j", (args, type, text) => {
    const call = () => sinkhorn(...(args as unknown as Parameters<typeof sinkhorn>));
    expect(call).toThrow(type);
    expect(call).toThrow(text);
  });

  it("names the point without a way by its own number", () => {
    const costs = [
      [0, 1],
      [1, 2],
      [Infinity, Infinity],
    ];
    expect(() => sinkhorn([0.5, 0, 0.5], null, costs)).toThrow(/row 2 of C has none/);
    expect(sinkhorn([0.5, 0.5, 0], null, costs).converged).toBe(true);
  });

  it("points that are not finite, and methods that do not exist", () => {
    expect(() => sinkhornSample([[0], [Number.NaN]], [[1]])).toThrow(/got X\[1, 0\] = NaN/);
    const method = "sparse" as "dense";
    expect(() => sinkhornSample([[0]], [[1]], { method })).toThrow(
      /expected method "auto", "dense"/,
    );
  });
});
