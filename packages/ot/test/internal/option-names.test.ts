import { tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import * as ot from "../../src/index";
import { checkOptionNames } from "../../src/internal/option-names";

const [C, X] = [
  [
    [0, 1],
    [1, 0],
  ],
  [[0], [1]],
];

/** Every function with options, called with one that it does not know. */
const calls: Record<string, (options: never) => unknown> = {
  sinkhorn: (o) => ot.sinkhorn(null, null, C, o),
  sinkhornTargets: (o) => ot.sinkhornTargets(null, C, C, o),
  sinkhornSample: (o) => ot.sinkhornSample(X, X, o),
  sinkhornNewton: (o) => ot.sinkhornNewton(null, null, C, o),
  sinkhornPoints: (o) => ot.sinkhornPoints(X, X, o),
  sinkhornBatch: (o) => ot.sinkhornBatch(null, null, [C], o),
  sinkhornLowRank: (o) => ot.sinkhornLowRank({ X, Y: X }, o),
  sinkhornDivergence: (o) => ot.sinkhornDivergence(X, X, o),
  semiDualSag: (o) => ot.semiDualSag(null, null, C, o),
  semiDualSgd: (o) => ot.semiDualSgd(null, null, C, o),
  minibatchOT: (o) => ot.minibatchOT(X, X, o),
  emd: (o) => ot.emd(null, null, C, o),
  emdSample: (o) => ot.emdSample(X, X, o),
  emdLoss: (o) => ot.emdLoss(X, X, o),
  emd1d: (o) => ot.emd1d([0], [1], o),
  assign: (o) => ot.assign(C, o),
  partialOT: (o) => ot.partialOT(null, null, C, o),
  unbalancedMM: (o) => ot.unbalancedMM(null, null, C, o),
  wasserstein1d: (o) => ot.wasserstein1d([0], [1], o),
  wasserstein1dColumns: (o) => ot.wasserstein1dColumns(X, X, o),
  wassersteinCircle: (o) => ot.wassersteinCircle([0], [0.5], o),
  slicedWasserstein: (o) => ot.slicedWasserstein(X, X, o),
  slicedWassersteinLoss: (o) => ot.slicedWassersteinLoss(X, X, o),
  maxSlicedWasserstein: (o) => ot.maxSlicedWasserstein(X, X, o),
  generalizedSlicedWasserstein: (o) => ot.generalizedSlicedWasserstein(X, X, o),
  sphericalSlicedWasserstein: (o) => ot.sphericalSlicedWasserstein([[1, 0, 0]], [[0, 1, 0]], o),
  minSlicedPlan: (o) => ot.minSlicedPlan(X, X, o),
  liftedPlan: (o) => ot.liftedPlan(X, X, o),
  gromovWasserstein: (o) => ot.gromovWasserstein(C, C, o),
  entropicGW: (o) => ot.entropicGW(C, C, o),
  entropicPotentials: (o) => ot.entropicPotentials(null, null, C, o),
  entropicPlan: (o) => ot.entropicPlan(null, null, C, o),
  entropicCost: (o) => ot.entropicCost(null, null, C, o),
  sinkhornLoss: (o) => ot.sinkhornLoss(X, X, o),
  sinkhornDivergenceLoss: (o) => ot.sinkhornDivergenceLoss(X, X, o),
  unbalancedPlan: (o) => ot.unbalancedPlan(null, null, C, o),
  unbalancedCost: (o) => ot.unbalancedCost(null, null, C, o),
  empiricalGaussianMap: (o) => ot.empiricalGaussianMap(X, X, o),
  jkoStep: (o) => ot.jkoStep(null, C, o),
  sinkhornUnbalanced: (o) => ot.sinkhornUnbalanced(null, null, C, o),
  partialSinkhorn: (o) => ot.partialSinkhorn(null, null, C, o),
  greenkhorn: (o) => ot.greenkhorn(null, null, C, o),
  barycenter: (o) => ot.barycenter(C, C, o),
  freeSupportBarycenter: (o) => ot.freeSupportBarycenter([X], o),
  buresBarycenter: (o) => ot.buresBarycenter([[0]], [[[1]]], o),
  heatKernel: (o) => ot.heatKernel(C, 1, o),
  heatGeodesic: (o) => ot.heatGeodesic(X, o),
  mds: (o) => ot.mds(C, 1, o),
  svgdDirection: (o) => ot.svgdDirection(X, X, o),
  colorTransfer: (o) => ot.colorTransfer([[0, 0, 0]], [[0, 0, 0]], o),
};

describe("names of options", () => {
  it.each(Object.entries(calls))("that %s does not know are refused", (name, call) => {
    const options = { numberOfTheBeast: 666 } as never;
    expect(() => call(options)).toThrow(
      new RegExp(`^${name}: expected options .*; got numberOfTheBeast; use one of these$`),
    );
  });

  it.each(Object.entries(calls))("of %s do not come without an object", (name, call) => {
    expect(() => call(0.1 as never)).toThrow(new RegExp(`^${name}: expected options.*; got 0.1;`));
  });

  it.each([
    ["slicedFlow", (o: never) => ot.slicedFlow(X, X, o)],
    ["svgd", (o: never) => ot.svgd(X, (x) => x, o)],
    ["jkoFlow", (o: never) => ot.jkoFlow(null, C, o)],
    ["pairwiseDistances", (o: never) => ot.pairwiseDistances([X, X], o)],
  ] as const)("that %s does not know are refused, too", async (name, call) => {
    const options = { steps: 1, metric: "emd", numberOfTheBeast: 666 };
    if (name !== "pairwiseDistances") options.metric = undefined as never;
    else options.steps = undefined as never;
    await expect(call(options as never)).rejects.toThrow(
      new RegExp(`^${name}: expected options .*; got numberOfTheBeast; use one of these$`),
    );
  });

  it("of other libraries are translated", () => {
    const message = (options: object): string => {
      try {
        (calls["sinkhorn"] as (o: unknown) => unknown)(options);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(message({ reg: 0.1 })).toMatch(/^sinkhorn: expected options eps, .*; got reg; use eps$/);
    expect(message({ numItermax: 9 })).toMatch(/; got numItermax; use maxIterations$/);
    expect(message({ stopThr: 1e-9 })).toMatch(/; got stopThr; use tol$/);
    expect(message({ max_iterations: 9 })).toMatch(/; got max_iterations; use maxIterations$/);
    expect(message({ method: "sinkhorn_log" })).toMatch(/; got method; use mode$/);
    // A word for an option that this function does not have.
    expect(message({ reg_m: 1 })).toMatch(/; got reg_m; use one of these$/);
    expect(message({ toString: 1 })).toMatch(/; got toString; use one of these$/);
    expect(() => calls["sinkhornSample"]?.({ metric: "euclidean" } as never)).toThrow(/use cost$/);
    expect(() => calls["slicedWasserstein"]?.({ n_projections: 9 } as never)).toThrow(
      /use projections$/,
    );
    expect(() => ot.sinkhorn(null, null, C, 0.1 as never)).toThrow(/got 0.1; pass { eps: … }$/);
  });

  it.each([
    ["sinkhorn", "espilon", "eps"],
    ["sinkhorn", "maxIteration", "maxIterations"],
    ["sinkhorn", "anneall", "anneal"],
    ["sinkhorn", "finsih", "finish"],
    ["emd", "numItermax", "maxPivots"],
    ["wasserstein1d", "a", "uWeights"],
    ["sinkhornSample", "weights", "a"],
  ])("of %s that are near %s are named", (name, given, better) => {
    expect(() => calls[name]?.({ [given]: 1 } as never)).toThrow(
      new RegExp(`; got ${given}; use ${better}$`),
    );
  });

  it("of flows that are near others are named", async () => {
    const flow = ot.slicedFlow(X, X, { nsteps: 1 } as never);
    await expect(flow).rejects.toThrow(/; got nsteps; use steps$/);
    const particles = ot.svgd(X, (x) => x, { stepsize: 1, steps: 1 } as never);
    await expect(particles).rejects.toThrow(/; got stepsize; use lr$/);
  });

  it.each(["emdSample", "wasserstein1d", "gromovWasserstein", "sinkhornPoints"])(
    "of %s do not come as arrays or tensors",
    (name) => {
      for (const list of [[0.5, 0.5], new Float64Array(2), tensor([0.5, 0.5])]) {
        expect(() => calls[name]?.(list as never)).toThrow(
          new RegExp(
            `^${name}: expected options .*; got an array or tensor; pass { (a|p|uWeights): … }$`,
          ),
        );
      }
    },
  );

  it("may be there without a value", () => {
    const options = { eps: 1, reg: undefined };
    expect(ot.sinkhorn(null, null, C, options).eps).toBe(1);
    expect(() => checkOptionNames("f", undefined, { eps: 1 })).not.toThrow();
  });

  it.each(["emd", "sinkhorn", "classes", "gaussian"] as const)(
    "are those of the method %s of Transport",
    (method) => {
      expect(() => new ot.Transport({ method, epsilon: 1 } as never)).toThrow(
        /^Transport: expected options method, .*; got epsilon;/,
      );
    },
  );

  it("of Transport are checked before it is fitted", () => {
    const open = (options?: unknown) => () => new ot.Transport(options as never);
    expect(open()).toThrow("Transport: expected options; got undefined; pass { method } or more");
    const methods = 'Transport: expected method "emd", "sinkhorn", "classes" or "gaussian"';
    expect(open({})).toThrow(`${methods}; got undefined`);
    expect(open({ method: "sinkhorn_l1l2" })).toThrow(`${methods}; got "sinkhorn_l1l2"`);
    expect(open({ method: "emd", eps: 1 })).toThrow(
      "Transport: expected options method, cost; got eps; use one of these",
    );
  });
});

describe("names within other objects", () => {
  it.each([
    [
      "measures",
      () => ot.freeSupportBarycenter([{ points: X, weight: [1, 0] } as never]),
      "freeSupportBarycenter: expected measures[0] with points, weights; got weight; use weights",
    ],
    [
      "data to fit",
      () => new ot.Transport({ method: "emd" }).fit({ X, Y: X, weights: [1, 0] } as never),
      "Transport.fit: expected an object with X, Y, a, b, labels; got weights; use a",
    ],
    [
      "factored costs",
      () => ot.sinkhornLowRank({ X, Y: X, a: [1, 0] } as never, { rank: 1 }),
      "sinkhornLowRank: expected a cost of X, Y; got a; use one of these",
    ],
    [
      "no costs",
      () => ot.sinkhornLowRank(undefined as never, { rank: 1 }),
      "sinkhornLowRank: expected a cost; got undefined; pass { X, Y } or more",
    ],
    [
      "quantiles",
      () => ot.quantileFunction([1], { weight: [1] } as never),
      "quantileFunction: expected options weights, sorted; got weight; use weights",
    ],
    [
      "positions on a circle",
      () => ot.wassersteinCircleUniform([1], { weight: [1] } as never),
      "wassersteinCircleUniform: expected options weights; got weight; use weights",
    ],
    [
      "directions",
      () => ot.directions("mc", 3, 3, { sed: 1 } as never),
      "directions: expected options seed, key, randomize; got sed; use seed",
    ],
    [
      "matrices of costs",
      () => ot.costMatrix(X, X, "euclidean", { dtyp: "f32" } as never),
      "costMatrix: expected options dtype; got dtyp; use dtype",
    ],
  ] as const)("of %s are checked", (_what, wrong, message) => {
    expect(wrong).toThrow(message);
  });

  it("of measures to compare are checked", async () => {
    const measures = [X, { points: X, weight: [1, 0] } as never];
    await expect(ot.pairwiseDistances(measures, { metric: "emd" })).rejects.toThrow(
      "pairwiseDistances: expected measures[1] with points, weights; got weight; use weights",
    );
    await expect(
      ot.pairwiseDistances([{ weights: [1, 0] } as never], { metric: "emd" }),
    ).rejects.toThrow(
      "pairwiseDistances: expected numbers in measures[0]; got an object with weights",
    );
  });
});
