import { random, type Tensor, tensor, zeros } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { adaptiveBatches } from "../../src/batch-size/adaptive-batches";
import { batchSizeController } from "../../src/batch-size/batch-size-controller";
import { gradientStats } from "../../src/batch-size/gradient-stats";
import {
  adagrad,
  adagradNorm,
  applyUpdates,
  chain,
  type GradientTransformation,
  scaleByAdagrad,
  scaleBySamples,
} from "../../src/index";

const f64 = { dtype: "f64" } as const;
const n = 1000;
const x = random.normal(random.key(11), [n, 5], f64);
const truth = tensor([1, -2, 0.5, 0, 1], f64);
const y = x
  .matmul(truth)
  .sigmoid()
  .greater(random.uniform(random.key(12), [n], f64))
  .cast("f64");

const perExample = (w: Tensor, a: Tensor, b: Tensor): Tensor =>
  a.mul(a.matmul(w).sigmoid().sub(b).reshape([b.size, 1]));

/** Logistic regression with batches that grow; the norm of the full gradient in the end, and the sizes. */
function run(t: GradientTransformation, eta: number, steps: number) {
  const controller = batchSizeController({ eta, max: n, finitePopulation: true });
  const batches = adaptiveBatches({ x, y }, controller);
  let w = zeros([5], f64);
  let state = t.init(w);
  const sizes: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { data, size } = batches.next().value;
    const g = perExample(w, data.x, data.y);
    const stats = gradientStats.fromPerSample(g);
    controller.observe(stats);
    const result = t.update(g.mean(0), state, w, { batchSize: size });
    w = applyUpdates(w, result.updates);
    state = result.state;
    sizes.push(size);
  }
  return { sizes, gradient: perExample(w, x, y).mean(0).norm().item() };
}

describe("AdAdaGrad", () => {
  it("ends closer to the minimum than the same number of small batches, by either kind of AdaGrad", () => {
    for (const make of [() => adagrad(0.5), () => adagradNorm(2)]) {
      const grown = run(make(), 0.5, 120);
      expect(grown.sizes[0]).toBe(8);
      expect(grown.sizes.at(-1)).toBe(n);
      // So large an eta never grows the batch.
      const fixed = run(make(), 1e6, 120);
      expect(fixed.sizes.at(-1)).toBe(8);
      expect(grown.gradient).toBeLessThan(fixed.gradient / 5);
    }
  });

  it("lets rates count the examples of batches that grow", () => {
    const seen: number[] = [];
    const t = chain(
      scaleByAdagrad(),
      scaleBySamples((samples) => {
        seen.push(samples);
        return 0.5;
      }),
    );
    const { sizes } = run(t, 0.5, 30);
    let sum = 0;
    for (const [i, size] of sizes.entries()) {
      expect(seen[i]).toBe(sum);
      sum += size;
    }
  });
});
