import { describe as describeOptimizer } from "@x/optim";
import { random } from "@x/tensor";
import { drawDigits } from "example-digits/draw-digits";
import { describe, expect, test } from "vitest";
import { digitTensors } from "../src/digit-tensors";
import { best, net, optimizers, runGrid, type Setting } from "../src/studies/muon-vs-adamw";
import { crossing } from "../src/training-run";

const rng = random.rng(1);
const data = digitTensors(
  drawDigits(256, () => rng.uniform()),
  256,
  { halve: true },
);

describe("the study of Muon and AdamW", () => {
  test("gives Muon the two hidden matrices and AdamW all the rest", () => {
    const { leaves } = describeOptimizer(optimizers["Muon"]!(0.01), net.init(random.key(0)));
    const muon = leaves.filter(({ method }) => method.startsWith("muon")).map(({ path }) => path);
    expect(muon.sort()).toEqual(["layers.0.weight", "layers.1.weight"]);
    expect(leaves).toHaveLength(6);
  });

  test("halves images by means of 2×2 pixels", () => {
    const images = new Uint8Array(784);
    images.set([255, 0], 0);
    images.set([255, 51], 28);
    const { x } = digitTensors({ images, labels: new Uint8Array(1) }, 9, { halve: true });
    expect(x.shape).toEqual([1, 1, 14, 14]);
    // (1 + 0 + 1 + 0.2) / 4, in f32.
    expect(x.dataSync()[0]).toBeCloseTo(0.55, 6);
    expect(x.sum().item()).toBeCloseTo(0.55, 6);
  });

  test("finds where a loss crosses the target along its logarithm, or Infinity", () => {
    const curve = [
      { step: 0, loss: 8 },
      { step: 10, loss: 2 },
    ];
    expect(crossing(curve, 4)).toBeCloseTo(5, 12);
    expect(crossing(curve, 1)).toBe(Infinity);
  });

  test("runs every rate for both, stops at the target, and takes the fewest steps as best", async () => {
    const grid = { rates: [1e-3, 1e-2], seeds: 1, maxSteps: 30, target: 1.5, examples: 256 };
    const settings = await runGrid(grid, data, { seed: 0, say: () => {}, batchSize: 64 });
    expect(settings.map(({ optimizer, lr }) => [optimizer, lr])).toEqual([
      ["AdamW", 1e-3],
      ["AdamW", 1e-2],
      ["Muon", 1e-3],
      ["Muon", 1e-2],
    ]);
    for (const name of ["AdamW", "Muon"]) {
      const { lr, steps, runs } = best(settings, name) as Setting;
      expect(lr).toBe(1e-2);
      expect(steps).toBeLessThan(30);
      const { curve } = runs[0]!;
      expect(curve.at(-1)!.loss).toBeLessThan(1.5);
      expect(curve.at(-2)!.loss).toBeGreaterThanOrEqual(1.5);
    }
  });
});
