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
      new RegExp(`^${name}: expected options .*; got numberOfTheBeast; leave it out$`),
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
      new RegExp(`^${name}: expected options .*; got numberOfTheBeast; leave it out$`),
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
    expect(message({ reg_m: 1 })).toMatch(/; got reg_m; leave it out$/);
    expect(message({ toString: 1 })).toMatch(/; got toString; leave it out$/);
    expect(() => calls["sinkhornSample"]?.({ metric: "euclidean" } as never)).toThrow(/use cost$/);
    expect(() => calls["slicedWasserstein"]?.({ n_projections: 9 } as never)).toThrow(
      /use projections$/,
    );
    expect(() => ot.sinkhorn(null, null, C, 0.1 as never)).toThrow(/got 0.1; pass { eps: … }$/);
  });

  it("may be there without a value", () => {
    const options = { eps: 1, reg: undefined };
    expect(ot.sinkhorn(null, null, C, options).eps).toBe(1);
    expect(() => checkOptionNames("f", undefined, { eps: 1 })).not.toThrow();
  });

  it.each(["emd", "sinkhorn", "classes", "gaussian"] as const)(
    "are those of the method %s of Transport",
    (method) => {
      const transport = new ot.Transport({ method, epsilon: 1 } as never);
      const data = { X, Y: X, labels: [0, 1] };
      expect(() => transport.fit(data)).toThrow(
        /^Transport.fit: expected options method, .*; got epsilon;/,
      );
    },
  );
});
