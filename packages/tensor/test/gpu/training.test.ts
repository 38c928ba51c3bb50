import { expect, it } from "vitest";
import * as t from "../../src/index";
import { onEachDevice } from "./devices";

interface Parameters {
  readonly w1: t.Tensor;
  readonly b1: t.Tensor;
  readonly w2: t.Tensor;
  readonly b2: t.Tensor;
}

/** Adam's state: parameters, both moments and the number of steps. */
interface State {
  readonly p: Parameters;
  readonly m: Parameters;
  readonly v: Parameters;
  readonly n: t.Tensor;
}

const names = ["w1", "b1", "w2", "b2"] as const;
const each = (f: (name: (typeof names)[number]) => t.Tensor): Parameters => ({
  w1: f("w1"),
  b1: f("b1"),
  w2: f("w2"),
  b2: f("b2"),
});

/** Cross-entropy of a network with one hidden layer against one-hot classes. */
function loss(p: Parameters, x: t.Tensor, y: t.Tensor): t.Tensor {
  const hidden = t.relu(x.matmul(p.w1).add(p.b1));
  const scores = hidden.matmul(p.w2).add(p.b2);
  return t.logSoftmax(scores, 1).mul(y).sum(1).mean().neg();
}

function step(s: State, x: t.Tensor, y: t.Tensor): { readonly s: State; readonly l: t.Tensor } {
  const [l, g] = t.valueAndGrad((p: Parameters) => loss(p, x, y))(s.p);
  const n = s.n.add(1);
  const m = each((k) => s.m[k].mul(0.9).add(g[k].mul(0.1)));
  const v = each((k) => s.v[k].mul(0.999).add(g[k].square().mul(0.001)));
  const p = each((k) => {
    const mean = m[k].div(t.sub(1, t.pow(0.9, n)));
    const scale = v[k]
      .div(t.sub(1, t.pow(0.999, n)))
      .sqrt()
      .add(1e-8);
    return s.p[k].sub(mean.mul(0.01).div(scale));
  });
  return { s: { p, m, v, n }, l };
}

const shapes = { w1: [20, 32], b1: [32], w2: [32, 10], b2: [10] } as const;

function start(): State {
  const keys = t.random.split(t.random.key(1), names.length);
  const p = each((k) =>
    t.random.normal(keys[names.indexOf(k)] as t.Tensor, shapes[k]).mul(k.startsWith("w") ? 0.2 : 0),
  );
  const zero = each((k) => t.zeros(shapes[k]));
  return { p, m: zero, v: zero, n: t.tensor(0) };
}

const x = t.random.normal(t.random.key(5), [64, 20]);
const y = t.eye(10).take(
  Array.from({ length: 64 }, (_, i) => i % 10),
  0,
);

onEachDevice("training", (device) => {
  const move = (s: State): State => t.tree.map((v: t.Tensor) => v.to(device), s as never);

  it("100 steps of Adam end within 1e-3 of the CPU's loss", async () => {
    const run = async (on: t.Device | undefined): Promise<number> => {
      const f = t.jit(step, { donate: [0], device: on });
      let s = on === undefined ? start() : move(start());
      const [xs, ys] = on === undefined ? [x, y] : [x.to(device), y.to(device)];
      let l = t.tensor(0);
      for (let i = 0; i < 100; i++) ({ s, l } = f(s, xs, ys));
      return (await l.data())[0] as number;
    };
    const [expected, actual] = [await run(undefined), await run(device)];
    expect(expected).toBeLessThan(0.05);
    expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-3);
  });

  it("a step moves the batch there and the loss back, and nothing else", async () => {
    const f = t.jit(step, { donate: [0], device });
    let s = move(start());
    let { s: next, l } = f(s, x, y);
    await l.data();
    for (let i = 0; i < 3; i++) {
      const before = { ...device.counters };
      s = next;
      ({ s: next, l } = f(s, x, y));
      await l.data();
      const after = device.counters;
      expect(after.uploads - before.uploads).toBe(2);
      expect(after.uploadedBytes - before.uploadedBytes).toBe(4 * (x.size + y.size));
      expect(after.downloads - before.downloads).toBe(1);
      expect(after.downloadedBytes - before.downloadedBytes).toBe(4);
      expect(after.cpuSteps - before.cpuSteps).toBe(0);
    }
  });

  it("donated state takes no more memory with every step", async () => {
    const f = t.jit(step, { donate: [0], device });
    const [xs, ys] = [x.to(device), y.to(device)];
    let { s, l } = f(move(start()), xs, ys);
    const losses = [l];
    await l.data();
    const { bytes } = device.memory();
    for (let i = 0; i < 20; i++) {
      ({ s, l } = f(s, xs, ys));
      losses.push(l);
    }
    await device.sync();
    // Losses that are kept, and tensors of earlier tests that the collector may free meanwhile.
    expect(device.memory().bytes).toBeLessThanOrEqual(bytes + 20 * 4);
    const old = s;
    f(s, xs, ys);
    await expect(old.p.w1.data()).rejects.toThrow("donated to step");
  });

  it("a plan names the device and shows its kernels", () => {
    const text = t.lower(step, { device })(start(), x, y);
    expect(text).toContain(`steps on ${device.name}`);
    expect(text).toContain("gpu  dot");
    expect(text).toContain("function kernel(a0, a1)");
    expect(text).not.toContain("on the CPU");
    const shuffle = (k: t.Tensor): t.Tensor => t.random.permutation(k, 5);
    expect(t.lower(shuffle, { device })(t.random.key(0))).toMatch(/^ *1 {2}cpu {2}\w*shuffle/m);
  });
});
