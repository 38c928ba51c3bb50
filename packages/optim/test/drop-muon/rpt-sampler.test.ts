import { ArgumentError, random } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { expectedCostRatio } from "../../src/drop-muon/expected-cost";
import { type RptSamplerKind, rptSampler } from "../../src/drop-muon/rpt-sampler";

const close = (values: readonly number[], digits = 6): unknown[] =>
  values.map((x) => expect.closeTo(x, digits));

describe("rptSampler", () => {
  it("shifts the cut-off from the input to the output as training goes on", () => {
    let q = 0;
    const s = rptSampler({ numBlocks: 4, sampler: { kind: "epochShift", progress: () => q } });
    const start = [0.455054, 0.276004, 0.167405, 0.101536];
    expect(s.probabilities()).toEqual(close(start));
    q = 0.5;
    expect(s.probabilities()).toEqual(close([0.25, 0.25, 0.25, 0.25], 12));
    q = 1;
    expect(s.probabilities()).toEqual(close([...start].reverse()));
  });

  it("gives each block the chance that its smoothness asks for", () => {
    const s = rptSampler({ numBlocks: 4, sampler: { kind: "smoothness", L: [2, 1, 4, 3] } });
    expect(s.probabilities()).toEqual([0.5, 0, 0.5, 0]);
    expect(s.activeProbabilities()).toEqual([0.5, 0.5, 1, 1]);
    const first = rptSampler({ numBlocks: 3, sampler: { kind: "smoothness", L: [5, 1, 4] } });
    expect(first.probabilities()).toEqual([1, 0, 0]);
  });

  it("draws cut-offs with their chances", () => {
    const kinds: RptSamplerKind[] = [
      { kind: "uniform" },
      { kind: "probs", p: [0.1, 0, 0.6, 0.3] },
      { kind: "smoothness", L: [2, 1, 4, 3] },
      { kind: "epochShift", progress: () => 0.2 },
    ];
    for (const sampler of kinds) {
      const s = rptSampler({ numBlocks: 4, sampler, rng: 3 });
      const draws = 4000;
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < draws; i++) {
        const at = s.sample() - 1;
        counts[at] = (counts[at] as number) + 1;
      }
      for (const [i, p] of s.probabilities().entries()) {
        // Five standard errors of a share.
        const slack = 5 * Math.sqrt((p * (1 - p)) / draws);
        expect(Math.abs((counts[i] as number) / draws - p)).toBeLessThanOrEqual(slack);
      }
    }
  });

  it("goes on from a stored state as if it had not stopped", () => {
    const a = rptSampler({ numBlocks: 5, rng: 7 });
    for (let i = 0; i < 10; i++) a.sample();
    const stored = JSON.parse(JSON.stringify(a)) as random.RngState;
    const ahead = Array.from({ length: 20 }, () => a.sample());
    const b = rptSampler({ numBlocks: 5 });
    b.restore(stored);
    expect(Array.from({ length: 20 }, () => b.sample())).toEqual(ahead);
  });

  it("shares a generator that it is given", () => {
    const rng = random.rng(1);
    const before = rng.toJSON().counter;
    rptSampler({ numBlocks: 2, rng }).sample();
    expect(rng.toJSON().counter).toBe(before + 1);
  });

  it("refuses chances that are none", () => {
    const make = (sampler: RptSamplerKind, numBlocks = 2) => rptSampler({ numBlocks, sampler });
    expect(() => make({ kind: "probs", p: [0.5, 0.4] })).toThrow(ArgumentError);
    expect(() => make({ kind: "probs", p: [0.5, 0.4] })).toThrow(
      "rptSampler: expected p to sum to 1; it sums to 0.9; divide by the sum",
    );
    expect(() => make({ kind: "probs", p: [1.5, -0.5] })).toThrow(
      "rptSampler: expected 2 finite numbers ≥ 0 in p, one for each block; got p[1] = -0.5",
    );
    expect(() => make({ kind: "smoothness", L: [1, 2, 3] })).toThrow("one for each block; got 3");
    expect(() => make({ kind: "smoothness", L: [0, 0] })).toThrow("expected a positive entry in L");
    expect(() => make({ kind: "uniform" }, 0)).toThrow("expected numBlocks, an integer ≥ 1; got 0");
    expect(() => make({ kind: "epochShift", progress: () => 2 }).sample()).toThrow(
      "rptSampler: expected progress() in [0, 1]; got 2",
    );
  });
});

describe("expectedCostRatio", () => {
  it("averages the cost of steps over the cut-offs", () => {
    const costs = { base: 4, blocks: [5, 3, 2, 1] };
    const { full, expected } = expectedCostRatio(costs, [0.5, 0, 0.5, 0]);
    expect([full, expected]).toEqual([15, 11]);
    const uniform = expectedCostRatio(costs, [0.25, 0.25, 0.25, 0.25]);
    expect(uniform.expected).toBeCloseTo((15 + 10 + 7 + 5) / 4, 12);
    expect(uniform.ratio).toBeCloseTo(uniform.expected / 15, 12);
  });

  it("costs least for the progress that it guarantees with the chances from smoothness", () => {
    const L = [2, 1, 4, 3];
    const costs = { base: 4, blocks: [5, 3, 2, 1] };
    // Progress is bounded by the smallest P(block i active) / L_i.
    const costOfProgress = (sampler: RptSamplerKind): number => {
      const s = rptSampler({ numBlocks: 4, sampler });
      const worst = Math.min(...s.activeProbabilities().map((P, i) => P / (L[i] as number)));
      return expectedCostRatio(costs, s.probabilities()).expected / worst;
    };
    expect(costOfProgress({ kind: "smoothness", L })).toBeCloseTo(44, 12);
    expect(costOfProgress({ kind: "probs", p: [1, 0, 0, 0] })).toBeCloseTo(60, 12);
    expect(costOfProgress({ kind: "uniform" })).toBeCloseTo(74, 12);
  });

  it("saves the gradient of the first active block's input", () => {
    const costs = { blocks: [5, 3], inputGradients: [1, 2] };
    expect(expectedCostRatio(costs, [0, 1])).toEqual({ full: 7, expected: 1, ratio: 1 / 7 });
  });

  it("refuses lists of different lengths", () => {
    expect(() => expectedCostRatio({ blocks: [1] }, [0.5, 0.5])).toThrow(
      "expectedCostRatio: expected one cost for each of 2 cut-offs; got 1 blocks and 1 inputGradients",
    );
  });
});
