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

/** Two 3×3 convolutions with ReLU and 2×2 pooling of maxima, then a dense layer. */
interface Network {
  readonly batch: number;
  /** Side of the images, a multiple of four. */
  readonly side: number;
  readonly channels: readonly [number, number];
}

/** The network of the benches, with fewer examples. */
const digits: Network = { batch: 4, side: 28, channels: [16, 32] };

/** The same on smaller images, for many steps. */
const small: Network = { batch: 6, side: 8, channels: [4, 6] };

const shapesOf = ({ side, channels: [a, b] }: Network): Readonly<Record<string, number[]>> => ({
  w1: [a, 1, 3, 3],
  b1: [a, 1, 1],
  w2: [b, a, 3, 3],
  b2: [b, 1, 1],
  w3: [(b * side * side) / 16, 10],
  b3: [10],
});

const names = ["w1", "b1", "w2", "b2", "w3", "b3"];
const each = (f: (name: string) => t.Tensor): Parameters =>
  Object.fromEntries(names.map((name) => [name, f(name)]));
const at = (p: Parameters, name: string): t.Tensor => p[name] as t.Tensor;

/** Mean cross-entropy of a batch against one-hot classes. */
function loss(p: Parameters, x: t.Tensor, y: t.Tensor): t.Tensor {
  const layer = (x: t.Tensor, w: t.Tensor, b: t.Tensor): t.Tensor =>
    t.maxPool2d(t.relu(t.add(t.conv2d(x, w, { padding: "same" }), b)), { window: 2 });
  const h = layer(layer(x, at(p, "w1"), at(p, "b1")), at(p, "w2"), at(p, "b2"));
  const flat = t.reshape(h, [x.shape[0] as number, -1]);
  const scores = t.add(t.matmul(flat, at(p, "w3")), at(p, "b3"));
  return t.neg(t.mean(t.sum(t.mul(t.logSoftmax(scores, -1), y), 1)));
}

/** One step of Adam with learning rate 0.01. */
function step(s: State, x: t.Tensor, y: t.Tensor): { readonly s: State; readonly l: t.Tensor } {
  const [l, g] = t.valueAndGrad(loss)(s.p, x, y) as [t.Tensor, Parameters];
  const n = t.add(s.n, 1);
  const m = each((k) => t.add(t.mul(at(s.m, k), 0.9), t.mul(at(g, k), 0.1)));
  const v = each((k) => t.add(t.mul(at(s.v, k), 0.999), t.mul(t.square(at(g, k)), 0.001)));
  const p = each((k) => {
    const mean = t.div(at(m, k), t.sub(1, t.pow(0.9, n)));
    const square = t.div(at(v, k), t.sub(1, t.pow(0.999, n)));
    return t.sub(at(s.p, k), t.div(t.mul(mean, 0.01), t.add(t.sqrt(square), 1e-8)));
  });
  return { s: { p, m, v, n }, l };
}

function start(network: Network): State {
  const shapes = shapesOf(network);
  const p = each((name) => {
    const shape = shapes[name] as number[];
    // Uniform weights by the number of inputs, biases from zero.
    const inputs = name === "w3" ? (shape[0] as number) : shape.slice(1).reduce((a, b) => a * b, 1);
    const bound = name.startsWith("w") ? Math.sqrt(6 / inputs) / 2 : 0;
    const key = t.random.key(names.indexOf(name));
    return t.mul(t.random.uniform(key, shape, { low: -1, high: 1 }), bound);
  });
  const zero = each((name) => t.zeros(shapes[name] as number[]));
  return { p, m: zero, v: zero, n: t.tensor(0) };
}

/** The loss before the last of so many steps on one batch. */
async function train(network: Network, steps: number, on: t.Device | undefined): Promise<number> {
  const { batch, side } = network;
  const f = t.jit(step, { donate: [0], device: on });
  const move = (v: t.Tensor): t.Tensor => (on === undefined ? v : v.to(on));
  const images = t.random.uniform(t.random.key(9), [batch, 1, side, side]);
  const classes = Array.from({ length: batch }, (_, i) => (i * 7) % 10);
  const [x, y] = [move(images), move(t.take(t.eye(10), classes, 0))];
  let s = t.tree.map(move, start(network) as never) as State;
  let l = t.tensor(0);
  for (let i = 0; i < steps; i++) ({ s, l } = f(s, x, y));
  return (await l.data())[0] as number;
}

onEachDevice("a convolutional network", (device) => {
  it("takes its steps of Adam on the device alone, to the CPU's loss", async () => {
    const expected = await train(digits, 3, undefined);
    const steps = device.counters.cpuSteps;
    const actual = await train(digits, 3, device);
    expect(device.counters.cpuSteps).toBe(steps);
    // Adam magnifies rounding where gradients are near zero, so the losses agree to fewer digits than f32 has.
    expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-4);
  });

  it("ends 100 steps of Adam within 1e-3 of the CPU's loss", async () => {
    const [first, expected] = [
      await train(small, 1, undefined),
      await train(small, 100, undefined),
    ];
    expect(expected).toBeLessThan(first / 2);
    const actual = await train(small, 100, device);
    expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-3);
  });
});
