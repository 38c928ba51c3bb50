import {
  jit,
  ones,
  random,
  ShapeError,
  type Tensor,
  tensor,
  tree,
  valueAndGradWithAux,
} from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { batchNorm, block, conv2d, linear, mlp, residual, statefulBlock } from "../src/index";

const key = random.key(0);

function errorOf(call: () => unknown): Error & { data?: unknown } {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("block", () => {
  const net = block({ fc: [linear(3, 4), linear(4, 2)], none: null }, (use, x) =>
    use.fc[1](use.fc[0](x).tanh()),
  );

  test("names parameters and their roles like its parts, each from a key of its own", () => {
    const params = net.init(key);
    expect(tree.names(params)).toEqual(["fc.0.bias", "fc.0.weight", "fc.1.bias", "fc.1.weight"]);
    expect(net.dims).toEqual({
      fc: [
        { weight: { out: 0, in: 1 }, bias: {} },
        { weight: { out: 0, in: 1 }, bias: {} },
      ],
      none: null,
    });
    expect(net.init(key, { dtype: "f64" }).fc[0].weight.dtype).toBe("f64");
    expect(params.fc[0].bias?.at(0).item()).not.toBe(params.fc[1].bias?.at(0).item());
  });

  test("does what its function says", () => {
    const params = net.init(key, { dtype: "f64" });
    const x = random.normal(random.key(1), [5, 3], { dtype: "f64" });
    const [a, b] = params.fc;
    const expected = x
      .matmul(a.weight.T)
      .add(a.bias as Tensor)
      .tanh()
      .matmul(b.weight.T)
      .add(b.bias as Tensor);
    assertClose(net.apply(params, x), expected);
    checkGradients(net.apply, [params, x]);
  });

  test("lends a single layer's own names, and its parameters to the function", () => {
    const tied = block(linear(3, 3, { bias: false }), (use, x) => use(x).matmul(use.params.weight));
    const params = tied.init(key);
    expect(tree.names(params)).toEqual(["weight"]);
    assertClose(
      tied.apply(params, ones([1, 3])),
      ones([1, 3]).matmul(params.weight.T).matmul(params.weight),
    );
  });

  test("passes its options to the function", () => {
    const scaled = block(linear(2, 2), (use, x, { factor = 1 }: { factor?: number }) =>
      use(x).mul(factor),
    );
    const params = scaled.init(key);
    assertClose(
      scaled.apply(params, ones([2]), { factor: 3 }),
      scaled.apply(params, ones([2])).mul(3),
    );
  });

  test("refuses parameters of another network, naming what is missing", () => {
    const params = net.init(key);
    const less = { fc: [params.fc[0]], none: null } as unknown as typeof params;
    expect(() => net.apply(less, ones([1, 3]))).toThrow(
      'block: expected the parameters that init returns; got undefined for "fc.1"; pass those of this network',
    );
  });

  test("refuses parts with state and points to statefulBlock", () => {
    const wrong = block({ a: batchNorm(2) as never, b: linear(2, 2) }, (_, x) => x);
    expect(() => wrong.init(key)).toThrow(
      "block: expected parts without state; got a.num_batches_tracked, a.running_mean, a.running_var; use statefulBlock",
    );
  });

  test("names the layer that an error comes from, through nested networks and compiled code", () => {
    const deep = block(
      { enc: { second: linear(5, 4) }, body: [residual(net)] },
      (use, x, { skip = false }: { skip?: boolean }) => (skip ? use.body[0](x) : use.enc.second(x)),
    );
    const params = deep.init(key);
    const text = "linear: expected 5 features along axis -1 of at least 1 axes; got shape [64, 4]";
    const call = (): Tensor => deep.apply(params, ones([64, 4]));
    expect(call).toThrow(new RegExp(`^enc\\.second: ${text.replace(/[[\]]/g, "\\$&")}; transpose`));
    const caught = errorOf(call);
    expect(caught).toBeInstanceOf(ShapeError);
    expect(caught.data).toEqual({ shape: [64, 4], axis: -1, expected: 5 });
    expect(caught.stack).toContain(`enc.second: ${text}`);
    expect(() => deep.apply(params, ones([2, 5]), { skip: true })).toThrow(
      /^body\.0\.fc\.0: linear: expected 3 features/,
    );
    expect(() => jit(deep.apply)(params, ones([64, 4]))).toThrow(
      /^enc\.second: linear: expected 5/,
    );
    const alone = block(linear(5, 4), (use, x) => use(x));
    expect(() => alone.apply(alone.init(key), ones([3]))).toThrow(/^linear: expected 5/);
    const plain = mlp([3, 2, 2]);
    expect(() => plain.apply(plain.init(key), ones([4]))).toThrow(/^layers\.0: linear: expected 3/);
    const stateful = statefulBlock({ norm: batchNorm(2) }, (use, x) => use.norm(x));
    const made = stateful.init(key);
    expect(() => stateful.apply(made.params, made.state, ones([4, 3]), { train: true })).toThrow(
      /^norm: batchNorm: expected 2 features/,
    );
  });

  test("leaves errors that are not about shapes or arguments alone", () => {
    const own = new RangeError("own");
    const part = block({}, () => {
      throw own;
    });
    const outer = block({ part }, (use, x) => use.part(x));
    expect(errorOf(() => outer.apply(outer.init(key), ones([1])))).toBe(own);
    expect(own.message).toBe("own");
  });

  test("tells an observer of every layer, by its name in the whole network", () => {
    const outer = block({ a: net, b: linear(2, 1) }, (use, x) => use.b(use.a(x)));
    const seen: string[] = [];
    outer.apply(outer.init(key), ones([7, 3]), {
      observe: ({ name, input, output }) =>
        seen.push(`${name} ${input.shape.join()} ${output.shape.join()}`),
    });
    expect(seen).toEqual(["a.fc.0 7,3 7,4", "a.fc.1 7,4 7,2", "b 7,2 7,1"]);
  });
});

describe("statefulBlock", () => {
  const inner = statefulBlock({ conv: conv2d(1, 2, 1), norm: batchNorm(2) }, (use, x) =>
    use.norm(use.conv(x)),
  );
  const net = statefulBlock({ body: [inner, conv2d(2, 2, 1)], head: linear(2, 3) }, (use, x) =>
    use.head(use.body[1](use.body[0](x)).mean([2, 3])),
  );
  const x = random.normal(random.key(1), [4, 1, 3, 3]);

  test("keeps states under the names of their parts", () => {
    const { params, state } = net.init(key);
    expect(tree.names(state)).toEqual([
      "body.0.norm.num_batches_tracked",
      "body.0.norm.running_mean",
      "body.0.norm.running_var",
    ]);
    expect(tree.names(params)).toContain("body.0.norm.weight");
  });

  test("returns the state after training, and the same state otherwise", () => {
    const { params, state } = net.init(key);
    const [, next] = net.apply(params, state, x, { train: true });
    expect(next.body[0]?.norm.num_batches_tracked.item()).toBe(1);
    expect(state.body[0]?.norm.num_batches_tracked.item()).toBe(0);
    const features = x
      .mul(params.body[0].conv.weight.reshape([1, 2, 1, 1]))
      .add((params.body[0].conv.bias as Tensor).reshape([1, 2, 1, 1]));
    assertClose(next.body[0]?.norm.running_mean, features.mean([0, 2, 3]).mul(0.1));
    const [, same] = net.apply(params, state, x, { train: false });
    assertClose(same, state);
  });

  test("lets a layer that is used twice see its own state", () => {
    const twice = statefulBlock({ norm: batchNorm(2) }, (use, z) => use.norm(use.norm(z)));
    const { params, state } = twice.init(key);
    const [, next] = twice.apply(params, state, ones([2, 2]), { train: true });
    expect(next.norm.num_batches_tracked.item()).toBe(2);
  });

  test("wants to be told whether it trains", () => {
    const { params, state } = net.init(key);
    const apply = net.apply as unknown as (...operands: unknown[]) => unknown;
    expect(() => apply(params, state, x)).toThrow(
      "statefulBlock: expected { train: true } or { train: false } as options; got train undefined",
    );
    expect(() => apply(params, state, x, {})).toThrow("got train undefined; say whether");
  });

  test("says that the state is missing", () => {
    const { params, state } = net.init(key);
    const text =
      "statefulBlock: state is missing; call apply(params, state, x, { train }) with the state that init or the last call returned";
    const apply = net.apply as unknown as (...operands: unknown[]) => unknown;
    expect(() => apply(params, x, { train: true })).toThrow(text);
    expect(() => apply(params, null, x, { train: true })).toThrow(
      "body.0: statefulBlock: state is missing; call",
    );
    const { norm } = params.body[0];
    const layer = batchNorm(2).apply as unknown as typeof apply;
    const own = text.replace("statefulBlock", "batchNorm");
    for (const none of [null, undefined]) {
      expect(() => layer(norm, none, ones([3, 2]), { train: true })).toThrow(own);
    }
    expect(() => layer(norm, ones([3, 2]), { train: true })).toThrow(own);
    expect(() => layer(norm, ones([3, 2]))).toThrow(own);
    const without = statefulBlock({ fc: linear(2, 2) }, (use, z) => use.fc(z));
    const made = without.init(key);
    expect(without.apply(made.params, made.state, ones([3, 2]), { train: true })[1]).toBe(null);
    expect(state).not.toBe(null);
  });

  test("trains inside jit with the same results", () => {
    const { params, state } = net.init(key);
    type P = typeof params;
    const step = (p: P, s: typeof state): unknown =>
      valueAndGradWithAux((q: P) => {
        const [y, next] = net.apply(q, s, x, { train: true });
        return [y.square().mean(), next];
      })(p);
    assertClose(jit(step)(params, state), step(params, state), { absolute: 1e-6 });
  });
});

describe("mlp", () => {
  test("is linear layers with an activation between them", () => {
    const net = mlp([2, 3, 1], { activation: (x) => x.tanh() });
    const params = net.init(key, { dtype: "f64" });
    expect(tree.names(params)).toEqual([
      "layers.0.bias",
      "layers.0.weight",
      "layers.1.bias",
      "layers.1.weight",
    ]);
    const [first, second] = params.layers.map(({ weight, bias }) => ({
      w: weight.toArray() as number[][],
      b: bias?.toArray() as number[],
    }));
    const x = [0.3, -0.7];
    const hidden = first?.w.map((row, i) =>
      Math.tanh((row[0] as number) * 0.3 - (row[1] as number) * 0.7 + (first.b[i] as number)),
    );
    const y = hidden?.reduce(
      (sum, h, i) => sum + h * (second?.w[0]?.[i] as number),
      second?.b[0] as number,
    );
    assertClose(net.apply(params, tensor([x], { dtype: "f64" })), [[y as number]]);
    checkGradients(net.apply, [params, tensor([x])]);
  });

  test("drops hidden units in training only, by key", () => {
    const net = mlp([4, 400, 1], { dropout: 0.5 });
    const params = net.init(key);
    const x = ones([1, 4]);
    const y = net.apply(params, x).item();
    expect(net.apply(params, x, { train: true, key }).item()).not.toBe(y);
    expect(net.apply(params, x, { train: false, key }).item()).toBe(y);
    expect(() => net.apply(params, x, { train: true })).toThrow("dropout needs a key");
  });

  test("refuses sizes and activations in another form", () => {
    expect(() => (mlp as unknown as (...sizes: number[]) => unknown)(3, 4, 2)).toThrow(
      "mlp: expected a list of sizes; got 3; write mlp([784, 256, 10])",
    );
    expect(() => mlp([3, 2], { activation: "relu" as never })).toThrow(
      'mlp: expected a function for activation; got "relu"; pass one such as relu',
    );
  });

  test("refuses sizes that make no network", () => {
    expect(() => mlp([3])).toThrow("mlp: expected at least an input and an output size; got [3]");
    expect(() => mlp([3, 0])).toThrow("mlp: expected a positive integer for sizes; got 0");
  });
});
