import { ArgumentError, type Tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import {
  barycenter,
  colorTransfer,
  directions,
  greenkhorn,
  heatGeodesic,
  heatKernel,
  jkoStep,
  pairwiseDistances,
  partialOT,
  sinkhorn,
  sinkhornBatch,
  sinkhornLowRank,
  sinkhornNewton,
  sinkhornPoints,
  sinkhornSample,
  sinkhornUnbalanced,
  slicedFlow,
  slicedWasserstein,
  slicedWassersteinLoss,
  svgd,
  svgdDirection,
  Transport,
  unbalancedMM,
} from "../../src/index";

const X = [
  [0, 0],
  [1, 0],
  [0, 2],
  [3, 1],
];
const C = [
  [0, 1],
  [1, 0],
];
// What plain JavaScript lets through.
const odd = (options: Record<string, unknown>): never => options as never;

describe("words that no option knows", () => {
  it.each<[string, () => unknown, string]>([
    [
      "estimator",
      () => slicedWasserstein(X, X, odd({ estimator: "x" })),
      '"plain", "lcv", "ucv", "joint" or "auto"',
    ],
    ["gamma", () => slicedWasserstein(X, X, odd({ gamma: "x" })), '"paper" or "regression"'],
    [
      "sampler",
      () => slicedWasserstein(X, X, odd({ sampler: "x" })),
      '"mc", "orthogonal" or "qmc"',
    ],
    [
      "gradients among",
      () => slicedWasserstein(X, X, odd({ gradients: ["x"] })),
      '"X", "Y", "a" or "b"',
    ],
    ["precision", () => slicedWasserstein(X, X, odd({ precision: "x" })), '"f32" or "f64"'],
    [
      "estimator",
      () => slicedWassersteinLoss(X, X, odd({ estimator: "x" })),
      '"plain", "lcv", "ucv" or "joint"',
    ],
    ["kind", () => directions("x" as never, 2, 2), '"mc", "orthogonal" or "qmc"'],
    ["graph", () => heatGeodesic(X, odd({ k: 2, graph: "x" })), '"alpha-decay" or "knn"'],
    [
      "laplacian",
      () => heatGeodesic(X, odd({ k: 2, laplacian: "x" })),
      '"normalized" or "combinatorial"',
    ],
    [
      "method",
      () => heatGeodesic(X, odd({ k: 2, method: "x" })),
      '"exact", "chebyshev" or "euler"',
    ],
    [
      "method",
      () =>
        heatKernel(
          [
            [1, -1],
            [-1, 1],
          ],
          1,
          odd({ method: "x" }),
        ),
      '"exact", "chebyshev" or "euler"',
    ],
    [
      "variant",
      () => sinkhornNewton(null, null, C, odd({ variant: "x" })),
      '"safeguarded" or "paper"',
    ],
    ["finish", () => sinkhorn(null, null, C, odd({ finish: "x" })), '"auto", "newton" or false'],
    [
      "mode",
      () => sinkhorn(null, null, C, odd({ mode: "x" })),
      '"auto", "scaling", "log" or "stabilized"',
    ],
    [
      "overrelax",
      () => sinkhorn(null, null, C, odd({ overrelax: "x" })),
      'a number between 0 and 2, "auto" or false',
    ],
    [
      "anneal",
      () => sinkhorn(null, null, C, odd({ anneal: "x" })),
      "a number between 0 and 1 or false",
    ],
    [
      "overrelax",
      () => sinkhornPoints(X, X, odd({ overrelax: "x" })),
      'a number between 0 and 2, "auto" or false',
    ],
    [
      "overrelax",
      () => sinkhornBatch(null, null, [C], odd({ overrelax: "x" })),
      'a number between 0 and 2, "auto" or false',
    ],
    ["method", () => sinkhornSample(X, X, odd({ method: "x" })), '"auto", "dense" or "streaming"'],
    ["rule", () => greenkhorn(null, null, C, odd({ rule: "x" })), '"absolute" or "divergence"'],
    [
      "marginals",
      () => sinkhornUnbalanced(null, null, C, odd({ rho: 1, marginals: "x" })),
      '"kl" or "tv"',
    ],
    ["mode", () => barycenter([[1, 0]], C, odd({ mode: "x" })), '"auto" or "log"'],
    [
      "method",
      () => colorTransfer([[0, 0, 0]], [[1, 1, 1]], odd({ method: "x" })),
      '"emd", "sinkhorn", "sliced" or "gaussian"',
    ],
    [
      "method",
      () => new Transport(odd({ method: "x" })).fit({ X, Y: X }),
      '"emd", "sinkhorn", "classes" or "gaussian"',
    ],
    [
      "outOfSample",
      () => new Transport(odd({ method: "sinkhorn", outOfSample: "x" })).fit({ X, Y: X }),
      '"entropic" or "nearest"',
    ],
    ["kernel", () => svgdDirection(X, X, odd({ kernel: "x" })), '"rbf", "imq" or "linear"'],
  ])("of %s are refused with those that it knows", (name, call, choices) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(`: expected ${name} ${choices}; got "x"`);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["loss", () => slicedFlow(X, X, odd({ loss: "x" }))],
    ["sampler", () => slicedFlow(X, X, odd({ sampler: "x" }))],
    ["estimator", () => slicedFlow(X, X, odd({ estimator: "x" }))],
    ["gamma", () => slicedFlow(X, X, odd({ gamma: "x" }))],
  ])("of %s are refused by slicedFlow itself", async (name, call) => {
    await expect(call()).rejects.toThrow(`slicedFlow: expected ${name} "`);
  });

  it("of optimizer and kernel are refused by svgd", async () => {
    const score = (x: Tensor): Tensor => x.neg();
    await expect(svgd(X, score, odd({ optimizer: "x" }))).rejects.toThrow(
      'svgd: expected optimizer an object, "adagrad" or "plain"; got "x"',
    );
    await expect(svgd(X, score, odd({ kernel: "x" }))).rejects.toThrow(
      'svgd: expected kernel "rbf", "imq" or "linear"; got "x"',
    );
  });

  it("of an energy are refused by their key", () => {
    expect(() => jkoStep(null, C, odd({ tau: 1, energy: { potentail: [0, 1] } }))).toThrow(
      'jkoStep: expected energy { potential, entropy }, { target } or a proximal map; got the key "potentail"',
    );
    expect(() => jkoStep(null, C, odd({ tau: 1 }))).toThrow(/expected energy .*; got undefined/);
  });
});

describe("options without which there is no problem", () => {
  it.each<[string, () => unknown]>([
    ["partialOT", () => partialOT(null, null, C, undefined as never)],
    ["sinkhornUnbalanced", () => sinkhornUnbalanced(null, null, C, undefined as never)],
    ["unbalancedMM", () => unbalancedMM(null, null, C, undefined as never)],
    ["jkoStep", () => jkoStep(null, C, undefined as never)],
    ["sinkhornLowRank", () => sinkhornLowRank({ X, Y: X }, undefined as never)],
  ])("are asked for by %s", (name, call) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(`${name}: expected options; got undefined; pass {`);
  });

  it("are asked for by pairwiseDistances", async () => {
    await expect(pairwiseDistances([X, X], undefined as never)).rejects.toThrow(
      "pairwiseDistances: expected options; got undefined; pass { metric } or more",
    );
    await expect(pairwiseDistances([X, X], {} as never)).rejects.toThrow(
      'pairwiseDistances: expected metric a function, "emd",',
    );
  });
});
