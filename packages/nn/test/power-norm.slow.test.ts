import { jit, random, relu, type Tensor, tree } from "@x/tensor";
import { expect, test } from "vitest";
import {
  batchNorm,
  linear,
  loss,
  metrics,
  powerNorm,
  type StatefulLayer,
  statefulBlock,
  valueAndGradWithState,
} from "../src/index";

// The paper's claim on a small scale: a network of 64–64–64–10 units, SGD with momentum, gradients clipped at 5, every
// batch of 16 multiplied by exp(σ · N(0, 1)).
const [features, classes, size, steps] = [64, 10, 16, 1500];
const centres = random.normal(random.key(1), [classes, features]);

/** Points around the centres of ten classes. */
function draw(key: Tensor, count: number): { x: Tensor; y: Tensor } {
  const [a, b] = random.split(key, 2) as [Tensor, Tensor];
  const y = random.randint(a, [count], { high: classes });
  return { x: centres.at(y).add(random.normal(b, [count, features]).mul(1.9)), y };
}
const train = draw(random.key(2), 1000);
const held = draw(random.key(3), 2000);

type Norm = (features: number) => StatefulLayer<unknown, unknown, object>;

function accuracy(norm: Norm, sigma: number, seed: number): number {
  const net = statefulBlock(
    { fc1: linear(64, 64), n1: norm(64), fc2: linear(64, 64), n2: norm(64), head: linear(64, 10) },
    (use, x) => use.head(relu(use.n2(use.fc2(relu(use.n1(use.fc1(x))))))),
  );
  const start = net.init(random.key(10 + seed));
  type Params = typeof start.params;
  type State = typeof start.state;
  const lossAndGradient = valueAndGradWithState((p: Params, s: State, x: Tensor, y: Tensor) => {
    const [logits, next] = net.apply(p, s, x, { train: true });
    return [loss.crossEntropy(logits, y), next];
  });
  const step = jit((p: Params, s: State, m: Params, key: Tensor) => {
    const [a, b] = random.split(key, 2) as [Tensor, Tensor];
    const rows = random.randint(a, [size], { high: 1000 });
    const scale = random.normal(b, []).mul(sigma).exp();
    const [[, state], g] = lossAndGradient(p, s, train.x.at(rows).mul(scale), train.y.at(rows));
    const leaves = tree.leaves(g as never) as Tensor[];
    const norm = leaves.reduce((sum: Tensor | number, v) => v.square().sum().add(sum), 0) as Tensor;
    const clip = norm.sqrt().reciprocal().mul(5).minimum(1);
    const next = tree.map(
      (v: Tensor, w: Tensor) => v.mul(0.9).add(w.mul(clip)),
      m as never,
      g as never,
    );
    const params = tree.map(
      (w: Tensor, v: Tensor) => w.sub(v.mul(0.05)),
      p as never,
      next as never,
    );
    return { p: params as Params, s: state, m: next as Params };
  });
  let place = {
    p: start.params,
    s: start.state,
    m: tree.map((w: Tensor) => w.mul(0), start.params as never) as Params,
  };
  for (let t = 0; t < steps; t++) {
    place = step(place.p, place.s, place.m, random.foldIn(random.key(seed), t));
  }
  const [logits] = net.apply(place.p, place.s, held.x, { train: false });
  return metrics.accuracy(logits, held.y);
}

const seeds = [0, 1, 2, 3, 4];
const mean = (norm: Norm, sigma: number): number =>
  seeds.reduce((sum, seed) => sum + accuracy(norm, sigma, seed), 0) / seeds.length;
const batchNormed: Norm = (n) => batchNorm(n) as never;
const powerNormed: Norm = (n) => powerNorm({ features: n, warmup: 0 }) as never;

test("powerNorm bears batches whose scale fluctuates better than batchNorm", () => {
  expect(mean(powerNormed, 1) - mean(batchNormed, 1)).toBeGreaterThan(0.01);
});

test("powerNorm is as good as batchNorm where batches are alike", () => {
  expect(Math.abs(mean(powerNormed, 0) - mean(batchNormed, 0))).toBeLessThan(0.02);
});
