import { random } from "@x/tensor";
import { drawDigits } from "example-digits/draw-digits";
import { describe, expect, test } from "vitest";
import { digitTensors } from "../src/digit-tensors";
import { equalNetwork } from "../src/studies/block-networks";
import { costs, secondsOf } from "../src/studies/drop-muon";
import { dropMuonRunner } from "../src/studies/drop-muon-run";

const rng = random.rng(1);
const data = digitTensors(
  drawDigits(128, () => rng.uniform()),
  128,
  { halve: true },
);
const limits = { batchSize: 64, maxSteps: 12, target: 1.1, every: 4 };
const probs = (...p: number[]) => ({
  sampler: () => ({ kind: "probs", p }) as const,
  lr: 0.01,
  seed: 0,
});

describe("the study of Drop-Muon", () => {
  test("takes the shortest time of each cut-off, and sums it over a run's steps", () => {
    const runs = [
      { cutOffs: [1, 2, 1], times: [Number.NaN, 4, 10] },
      { cutOffs: [2, 1, 1], times: [6, 20, 12] },
    ].map((run) => ({ ...run, accuracies: [], reached: true }));
    const cost = costs(runs, 2);
    expect(cost).toEqual([10, 4]);
    expect(secondsOf(runs[0]!, cost)).toBeCloseTo(0.024, 12);
    expect(secondsOf(runs[0]!, cost, 2)).toBeCloseTo(0.014, 12);
  });

  test("Muon never drops and learns; the last block alone learns less in as many steps", () => {
    const run = dropMuonRunner(equalNetwork, data, limits);
    const muon = run(probs(1, 0, 0, 0, 0));
    const last = run(probs(0, 0, 0, 0, 1));
    expect(new Set(muon.cutOffs)).toEqual(new Set([1]));
    expect(new Set(last.cutOffs)).toEqual(new Set([5]));
    expect(muon.accuracies.map(({ step }) => step)).toEqual([0, 4, 8, 12]);
    expect(muon.accuracies[0]).toEqual(last.accuracies[0]);
    // Chance is 10 %; five standard errors above it for 128 images are 23 %.
    expect(muon.accuracies.at(-1)!.accuracy).toBeGreaterThan(0.25);
    expect(last.accuracies.at(-1)!.accuracy).toBeLessThan(muon.accuracies.at(-1)!.accuracy);
    expect(muon.reached).toBe(false);
    expect(run(probs(1, 0, 0, 0, 0)).accuracies).toEqual(muon.accuracies);
  });
});
