import { ArgumentError } from "@x/tensor";
import { describe, expect, it } from "vitest";
import {
  emdSample,
  greenkhorn,
  semiDualSag,
  sinkhornDivergence,
  sinkhornLowRank,
  sinkhornPoints,
  sinkhornSample,
  unbalancedMM,
} from "../../src/index";

describe("points whose costs overflow", () => {
  const Y = [[1], [2]];
  const solvers: readonly [string, (X: number[][]) => unknown][] = [
    ["sinkhornPoints", (X) => sinkhornPoints(X, Y)],
    ["sinkhornSample", (X) => sinkhornSample(X, Y)],
    ["sinkhornDivergence", (X) => sinkhornDivergence(X, Y)],
    ["emdSample", (X) => emdSample(X, Y)],
    ["emdSample", (X) => emdSample(X, Y, { lazy: true })],
    ["sinkhornLowRank", (X) => sinkhornLowRank({ X, Y }, { rank: 1 })],
  ];

  it.each(solvers)("are named by %s", (name, solve) => {
    const refused = (): unknown => solve([[0], [-1e200]]);
    expect(refused).toThrow(ArgumentError);
    expect(refused).toThrow(
      `${name}: expected points whose costs are finite numbers; costs of X[1] = [-1e+200] overflow; divide all points by a common factor`,
    );
  });

  it.each(["euclidean", "cityblock", "cosine", "dot"] as const)(
    "are refused with the cost %s, whose squares overflow",
    (cost) => {
      const refused = (): unknown => sinkhornPoints([[1e200], [0]], Y, { cost });
      expect(refused).toThrow(/squares of the costs of X\[0\] = \[1e\+200\] overflow/);
    },
  );

  it("are refused among the second points and among factors", () => {
    expect(() => emdSample(Y, [[0], [1e200]])).toThrow(/costs of Y\[1\] = .* overflow/);
    expect(() => sinkhornLowRank({ A: Y, B: [[1], [1e200]] }, { rank: 1 })).toThrow(
      /costs of B\[1\] = .* overflow/,
    );
  });

  it("begin beyond 10¹⁵³, where every cost is still a number", () => {
    // ‖x − y‖² = 10³⁰⁰ from one point, nothing in comparison from the other.
    const X = [[1e150], [0]];
    for (const linear of [
      sinkhornPoints(X, Y).linear,
      sinkhornSample(X, Y).linear,
      emdSample(X, Y).cost,
    ])
      expect(linear / 5e299).toBeCloseTo(1, 12);
  });
});

describe("weights whose products overflow", () => {
  const [heavy, C] = [
    [1e200, 1e200],
    [
      [0, 1],
      [1, 0],
    ],
  ];
  it.each([
    ["unbalancedMM", () => unbalancedMM(heavy, heavy, C, { rho: 1 })],
    ["greenkhorn", () => greenkhorn(heavy, heavy, C, { eps: 1 })],
    ["semiDualSag", () => semiDualSag(heavy, heavy, C, { eps: 1 })],
  ])("are refused by %s", (name, solve) => {
    expect(solve).toThrow(ArgumentError);
    expect(solve).toThrow(
      `${name}: expected weights whose sums have a finite product; got sums 2e`,
    );
  });

  it("are told from those that are merely large", () => {
    // P = ½ M on the diagonal up to the entropy, whose part at ε = 1 is 0.2689 (see greenkhorn).
    const large = [1e150, 1e150];
    expect(greenkhorn(large, large, C, { eps: 1 }).linear / 2e150).toBeCloseTo(0.26894142, 6);
  });
});
