import { concat, jit, ones, random, type Tensor, tensor, vjp, zeros } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  batchNorm,
  type PowerNormOptions,
  powerNorm,
  powerNormV,
  valueAndGradWithState,
} from "../src/index";
import { checkLayer, checkTransformations, moved, normal } from "./support/check-layer";

const f64 = { dtype: "f64" } as const;
const key = random.key(0);
const rows = (x: readonly (readonly number[])[]): Tensor => tensor(x, f64);
const X1 = rows([
  [1, -2],
  [3, 0.5],
  [-1, 1],
]);
const G1 = rows([
  [0.1, -0.2],
  [0.3, 0.4],
  [-0.5, 0.6],
]);
const X2 = rows([
  [2, 1],
  [0, -1],
  [1, 3],
]);
const G2 = rows([
  [-0.3, 0.2],
  [0.1, 0.1],
  [0.2, -0.4],
]);
const params = { weight: tensor([1, 2], f64), bias: tensor([0, 0.5], f64) };
// The card's numbers have eight decimals.
const digits = { relative: 0, absolute: 5.1e-9 };

type State = ReturnType<ReturnType<typeof powerNorm>["init"]>["state"];
type Params = typeof params;

/** One training step: output, gradient of the input, of the parameters, and the state after the backward pass. */
function train(
  options: Partial<PowerNormOptions>,
  state: State,
  x: Tensor,
  g: Tensor,
  mask?: Tensor,
) {
  const layer = powerNorm({ features: x.shape.at(-1) as number, ...options });
  const run = valueAndGradWithState((p: { params: Params; x: Tensor }, s: State) => {
    const [y, next] = layer.apply(p.params, s, p.x, { train: true, mask });
    return [y.mul(g).sum(), next];
  });
  const own = { weight: params.weight, bias: params.bias };
  const [y] = layer.apply(own, state, x, { train: true, mask });
  const [[, next], gradient] = run({ params: own, x }, state);
  return { y, dx: gradient.x, dw: gradient.params.weight, db: gradient.params.bias, next };
}

const fresh = (): State => powerNorm({ features: 2 }).init(key, f64).state;

describe("powerNorm", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("gives the card's two steps without warm-up, and their evaluation", () => {
    const options = { warmup: 0 };
    const one = train(options, fresh(), X1, G1);
    assertClose(
      one.y,
      [
        [0.999995, -3.49998],
        [2.999985, 1.499995],
        [-0.999995, 2.49999],
      ],
      { relative: 0, absolute: 5e-7 },
    );
    assertClose(
      one.dx,
      [
        [0.0999995, -0.399998],
        [0.2999985, 0.799996],
        [-0.4999975, 1.199994],
      ],
      { relative: 0, absolute: 5e-8 },
    );
    assertClose(one.next.running_phi, [1.26666667, 1.075], digits);
    assertClose(one.next.ema_gz, [0.04999975, 0.0799996], { relative: 0, absolute: 5e-8 });
    const two = train(options, one.next, X2, G2);
    assertClose(
      two.y,
      [
        [1.77703962, 2.42896232],
        [0, -1.42896232],
        [0.88851981, 6.28688695],
      ],
      digits,
    );
    assertClose(
      two.dx,
      [
        [-0.34550229, 0.31137492],
        [0.08885198, 0.26731377],
        [0.13823079, -0.99483755],
      ],
      digits,
    );
    assertClose(two.dw, [-0.35540792, -1.06092927], digits);
    assertClose(two.db, [0, -0.1], { relative: 0, absolute: 1e-12 });
    assertClose(two.next.running_phi, [1.30666667, 1.33416667], digits);
    assertClose(two.next.ema_gz, [0.03157396, -0.01801545], digits);
    expect(two.next.iters.item()).toBe(2);
    const [y, same] = powerNorm({ features: 2 }).apply(params, two.next, X1, { train: false });
    assertClose(
      y,
      [
        [0.87481442, -2.96300661],
        [2.62444325, 1.36575165],
        [-0.87481442, 2.23150331],
      ],
      digits,
    );
    expect(same).toBe(two.next);
  });

  it("gives the card's third step of the released code, beyond a warm-up of two", () => {
    const options = { warmup: 2, mode: "reference" } as const;
    let state = fresh();
    for (const [x, g] of [
      [X1, G1],
      [X2, G2],
    ] as const)
      state = train(options, state, x, g).next;
    const { y, dx, next } = train(options, state, X1, G2);
    assertClose(
      y,
      [
        [0.61319897, -2.11456967],
        [1.35249979, 0.9805679],
        [-0.96954979, 2.56699261],
      ],
      digits,
    );
    assertClose(next.running_phi, [1.06893194, 0.9310567], digits);
    assertClose(next.ema_gz, [0.05704448, -0.16887943], digits);
    // The card's gradient is the one behind the scaling of groups, whose pullback is ordinary.
    const scale = (x: Tensor): Tensor =>
      x.div(x.square().mean(-1, { keepDims: true }).add(1e-5).sqrt());
    const [, pullback] = vjp(scale, X1);
    const behind = rows([
      [-0.29301334, 0.46594591],
      [0.07495774, 0.20515854],
      [0.20352293, -0.8826969],
    ]);
    assertClose(dx, pullback(behind)[0], { relative: 0, absolute: 2e-8 });
  });

  it("is batch normalisation by quadratic means during warm-up, whose average it keeps", () => {
    const options = { warmup: 2, eps: 0 };
    const one = train(options, fresh(), X1, G1);
    const layer = powerNormV({ features: 2 });
    const [y, pullback] = vjp((p: Params, x: Tensor) => layer.apply(p, x), params, X1);
    const [dp, dx] = pullback(G1);
    assertClose(one.y, y);
    assertClose({ dx: one.dx, dw: one.dw, db: one.db }, { dx, dw: dp.weight, db: dp.bias });
    assertClose(one.next.ema_gz, [0, 0]);
    const two = train(options, one.next, X2, G2);
    assertClose(two.next.running_phi, X1.square().mean(0).add(X2.square().mean(0)).div(2));
    const three = train(options, two.next, X1, G1);
    assertClose(three.y, X1.div(two.next.running_phi.sqrt()).mul(params.weight).add(params.bias));
  });

  it("uses the statistics of the batch before with α = 0", () => {
    const options = { warmup: 0, alpha: 0, eps: 0 };
    const one = train(options, fresh(), X1, G1);
    assertClose(one.next.running_phi, X1.square().mean(0));
    assertClose(
      train(options, one.next, X2, G2).y,
      X2.div(X1.square().mean(0).sqrt()).mul(params.weight).add(params.bias),
    );
  });

  it("approaches the exact gradient when the statistics stay the same", () => {
    let state = fresh();
    const options = { warmup: 0, eps: 0 };
    for (let i = 0; i < 400; i++) state = train(options, state, X1, G1).next;
    const { dx } = train(options, state, X1, G1);
    const [, pullback] = vjp((x: Tensor) => powerNormV({ features: 2 }).apply(params, x), X1);
    assertClose(dx, pullback(G1)[0]);
  });

  it("averages the step of ν over micro-batches to that of the whole", () => {
    const state: State = { ...fresh(), ema_gz: tensor([0.3, -0.2], f64) };
    const options = { warmup: 0 };
    const whole = train(options, state, concat([X1, X2]), concat([G1, G2]));
    const parts = [train(options, state, X1, G1), train(options, state, X2, G2)];
    const mean = parts
      .map((p) => p.next.ema_gz)
      .reduce((a, b) => a.add(b))
      .div(2);
    assertClose(whole.next.ema_gz, mean);
  });

  it("leaves masked rows out of all statistics, in the paper's form", () => {
    const state: State = { ...fresh(), ema_gz: tensor([0.3, -0.2], f64) };
    const mask = tensor([true, false, true]);
    const [x, g] = [X1.at([0, 2]), G1.at([0, 2])];
    for (const warmup of [0, 10]) {
      const masked = train({ warmup }, state, X1, G1.mul(mask.cast("f64").reshape([3, 1])), mask);
      const without = train({ warmup }, state, x, g);
      assertClose(masked.next, without.next);
      assertClose(masked.dx.at([0, 2]), without.dx);
      assertClose(masked.dx.at(1), [0, 0], { relative: 0, absolute: 0 });
    }
  });

  it("scales groups of features first on request", () => {
    const layer = powerNorm({ features: 4, groups: 2, groupScaling: true, warmup: 0, eps: 0 });
    const { params: p, state } = layer.init(key, f64);
    const [y] = layer.apply(p, state, tensor([[3, 4, 0, 2]], f64), { train: true });
    const rms = Math.sqrt(12.5);
    assertClose(y, [[3 / rms, 4 / rms, 0, Math.SQRT2]]);
  });

  it("batches and compiles, with the step of ν", () => {
    for (const options of [
      { warmup: 0 },
      { warmup: 1 },
      { mode: "reference", warmup: 1 },
    ] as const) {
      const call = (s: Omit<State, "iters">, x: Tensor): unknown =>
        train(options, { ...s, iters: tensor(1, { dtype: "i32" }) }, x, G1);
      const { running_phi, ema_gz } = train({ warmup: 0 }, fresh(), X2, G2).next;
      checkTransformations(call, { running_phi, ema_gz }, X1);
    }
  });

  it("warns in evaluation before any training, and only there", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const layer = powerNorm({ features: 2, warmup: 0 });
    const { state } = layer.init(key);
    const [, next] = layer.apply(params, state, X1, { train: true });
    layer.apply(params, next, X1, { train: false });
    expect(warn).not.toHaveBeenCalled();
    layer.apply(params, state, X1, { train: false });
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining("powerNorm: evaluation before any training step"),
    );
  });

  it("refuses batches in which no row counts, and constants out of range", () => {
    const layer = powerNorm({ features: 2 });
    const { state } = layer.init(key);
    const run = (x: Tensor, mask?: Tensor): unknown =>
      layer.apply(params, state, x, { train: true, mask });
    expect(() => run(X1, tensor([false, false, false]))).toThrow(
      "powerNorm: expected at least one row that counts in training",
    );
    expect(() => run(zeros([0, 2]))).toThrow("powerNorm: expected at least one row");
    expect(() => run(X1, tensor([true, false]))).toThrow("powerNorm: expected a bool mask [3]");
    expect(() => run(ones([2, 3]))).toThrow("powerNorm: expected 2 features");
    expect(() => powerNorm({ features: 2, warmup: -1 })).toThrow(
      "powerNorm: expected warmup ≥ 0; got -1",
    );
    expect(() => powerNorm({ features: 2, alpha: 2 })).toThrow(
      "powerNorm: expected alpha from 0 to 1; got 2",
    );
    expect(() => powerNorm({ features: 3, groups: 2 })).toThrow(
      "powerNorm: expected groups that divide 3 features; got 2",
    );
    expect(() => powerNorm({ features: 2, mode: "code" as never })).toThrow(
      'expected mode "paper" or "reference"; got "code"',
    );
  });
});

describe("powerNormV", () => {
  const layer = powerNormV({ features: 2 });

  it("gives the card's gradient", () => {
    const [, pullback] = vjp((x: Tensor) => layer.apply(params, x), X1);
    assertClose(
      pullback(G1)[0],
      [
        [-0.01899029, 0.38876346],
        [-0.05697087, 0.4319594],
        [-0.1899029, 0.56154722],
      ],
      digits,
    );
  });

  it("differentiates, batches and compiles", () => {
    checkLayer(layer.apply, moved(layer.init(key, f64)), normal([2, 3, 2]));
  });
});

describe("valueAndGradWithState", () => {
  it("leaves the statistics of other layers as the forward pass returned them", () => {
    const layer = batchNorm(2);
    const { params: p, state } = moved(layer.init(key, f64));
    for (const train of [true, false]) {
      const f = (q: typeof p, s: typeof state): readonly [Tensor, typeof state] => {
        const [y, next] = layer.apply(q, s, X1, { train });
        return [y.mul(G1).sum(), next];
      };
      const [[loss, next], gradient] = jit(valueAndGradWithState(f))(p, state);
      const [expected, pullback] = vjp((q: typeof p) => f(q, state)[0], p);
      assertClose(loss, expected);
      assertClose(next, f(p, state)[1]);
      assertClose(gradient, pullback(tensor(1, f64))[0]);
    }
  });

  it("refuses a state of another structure", () => {
    const f = (w: Tensor, s: { a: Tensor }): readonly [Tensor, { a: Tensor }] => [
      w.mul(s.a),
      { b: s.a } as never,
    ];
    expect(() => valueAndGradWithState(f)(tensor(1), { a: tensor(2) })).toThrow(
      "valueAndGradWithState: expected the new state to have the structure of the old one",
    );
  });
});
