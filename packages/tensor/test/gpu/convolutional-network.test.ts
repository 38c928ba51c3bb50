import { expect, it } from "vitest";
import * as t from "../../src/index";
import { onEachDevice } from "./devices";

type Parameters = Readonly<Record<string, t.Tensor>>;

interface State {
  readonly p: Parameters;
  readonly m: Parameters;
  readonly v: Parameters;
  readonly n: t.Tensor;
}

const batch = 4;
const shapes: Readonly<Record<string, readonly number[]>> = {
  w1: [16, 1, 3, 3],
  b1: [16, 1, 1],
  w2: [32, 16, 3, 3],
  b2: [32, 1, 1],
  w3: [32 * 7 * 7, 10],
  b3: [10],
};
const inputs: Readonly<Record<string, number>> = { w1: 9, w2: 144, w3: 1568 };

const each = (f: (name: string) => t.Tensor): Parameters =>
  Object.fromEntries(Object.keys(shapes).map((name) => [name, f(name)]));
const at = (p: Parameters, name: string): t.Tensor => p[name] as t.Tensor;

/** Two 3×3 convolutions with ReLU and 2×2 pooling of maxima, then a dense layer: cross-entropy of digits. */
function loss(p: Parameters, x: t.Tensor, y: t.Tensor): t.Tensor {
  const layer = (x: t.Tensor, w: t.Tensor, b: t.Tensor): t.Tensor =>
    t.maxPool2d(t.relu(t.add(t.conv2d(x, w, { padding: "same" }), b)), { window: 2 });
  const h = layer(layer(x, at(p, "w1"), at(p, "b1")), at(p, "w2"), at(p, "b2"));
  const scores = t.add(t.matmul(t.reshape(h, [batch, 1568]), at(p, "w3")), at(p, "b3"));
  return t.mul(t.sum(t.mul(t.logSoftmax(scores, -1), y)), -1 / batch);
}

/** One step of Adam. */
function step(s: State, x: t.Tensor, y: t.Tensor): { readonly s: State; readonly l: t.Tensor } {
  const [l, g] = t.valueAndGrad(loss)(s.p, x, y) as [t.Tensor, Parameters];
  const n = t.add(s.n, 1);
  const m = each((k) => t.add(t.mul(at(s.m, k), 0.9), t.mul(at(g, k), 0.1)));
  const v = each((k) => t.add(t.mul(at(s.v, k), 0.999), t.mul(t.square(at(g, k)), 0.001)));
  const p = each((k) => {
    const mean = t.div(at(m, k), t.sub(1, t.pow(0.9, n)));
    const square = t.div(at(v, k), t.sub(1, t.pow(0.999, n)));
    return t.sub(at(s.p, k), t.div(t.mul(mean, 1e-3), t.add(t.sqrt(square), 1e-8)));
  });
  return { s: { p, m, v, n }, l };
}

function start(): State {
  const p = each((name) => {
    const bound = name in inputs ? Math.sqrt(6 / (inputs[name] as number)) / 2 : 0;
    const key = t.random.key(Object.keys(shapes).indexOf(name));
    return t.mul(t.random.uniform(key, shapes[name] as number[], { low: -1, high: 1 }), bound);
  });
  const zero = each((name) => t.zeros(shapes[name] as number[]));
  return { p, m: zero, v: zero, n: t.tensor(0) };
}

const x = t.random.uniform(t.random.key(9), [batch, 1, 28, 28]);
const y = t.take(
  t.eye(10),
  Array.from({ length: batch }, (_, i) => (i * 7) % 10),
  0,
);

onEachDevice("a convolutional network", (device) => {
  it("takes its steps of Adam on the device alone, and ends within 1e-3 of the CPU's loss", async () => {
    const train = async (on: t.Device | undefined): Promise<number> => {
      const f = t.jit(step, { donate: [0], device: on });
      const move = (v: t.Tensor): t.Tensor => (on === undefined ? v : v.to(on));
      let s = t.tree.map(move, start() as never) as State;
      const [xs, ys] = [move(x), move(y)];
      let l = t.tensor(0);
      for (let i = 0; i < 100; i++) ({ s, l } = f(s, xs, ys));
      return (await l.data())[0] as number;
    };
    const expected = await train(undefined);
    const steps = device.counters.cpuSteps;
    const actual = await train(device);
    expect(device.counters.cpuSteps).toBe(steps);
    expect(expected).toBeLessThan(1);
    expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-3);
  });
});
