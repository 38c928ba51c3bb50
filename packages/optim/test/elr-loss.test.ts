import {
  ArgumentError,
  grad,
  jit,
  random,
  ShapeError,
  softmax,
  type Tensor,
  tensor,
  valueAndGradWithAux,
  zeros,
} from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { elrLoss } from "../src/elr-loss";

const f64 = { dtype: "f64" } as const;
const logits = tensor([[2, 0, -1]], f64);
const target = [0.6, 0.3, 0.1];
const label = tensor([1], { dtype: "i32" });
const index = tensor([0], { dtype: "i32" });

/** The state from which one update with these logits gives the target. */
const stateBefore = (beta: number): Tensor =>
  tensor([target], f64)
    .sub(softmax(logits, -1).mul(1 - beta))
    .div(beta);

describe("elrLoss", () => {
  const elr = elrLoss({ numExamples: 1, numClasses: 3, lambda: 3, beta: 0.7 });

  it("gives the worked example and its gradient", () => {
    const { loss, state } = elr.loss(logits, label, index, stateBefore(0.7));
    assertClose(state, [target]);
    assertClose(loss, -0.19079009, { absolute: 1e-8 });
    const plain = elr.loss(logits, label, index, stateBefore(0.7), { lambda: 0 }).loss;
    assertClose(plain, 2.16984602, { absolute: 1e-8 });
    assertClose(loss.sub(plain).div(3), -0.7868787, { absolute: 1e-8 });
    const g = grad((z: Tensor) => elr.loss(z, label, index, stateBefore(0.7)).loss)(logits);
    assertClose(g, [[0.536515, -0.701641, 0.165126]], { absolute: 1e-6 });
  });

  it("has the gradient p − y + λ · p/(1 − ⟨p, t⟩) · (⟨p, t⟩ − t)", () => {
    const z = random.normal(random.key(1), [4, 3], f64);
    const indices = tensor([3, 0, 4, 1], { dtype: "i32" });
    const labels = tensor([0, 2, 1, 1], { dtype: "i32" });
    const start = random.dirichlet(random.key(2), [5, 3], {
      concentration: tensor([1, 1, 1], f64),
    });
    const five = elrLoss({ numExamples: 5, numClasses: 3 });
    const t = five.loss(z, labels, indices, start).state.at(indices);
    const p = softmax(z, -1);
    const agreement = p.mul(t).sum(-1, { keepDims: true });
    const y = tensor(
      [
        [1, 0, 0],
        [0, 0, 1],
        [0, 1, 0],
        [0, 1, 0],
      ],
      f64,
    );
    const expected = p
      .sub(y)
      .add(p.div(agreement.neg().add(1)).mul(agreement.sub(t)).mul(3))
      .div(4);
    assertClose(grad((x: Tensor) => five.loss(x, labels, indices, start).loss)(z), expected);
    checkGradients(
      (x: Tensor) => {
        // The targets move with the logits, but without gradient: hold them for differences.
        const q = softmax(x, -1);
        const penalty = q.mul(t).sum(-1).neg().log1p().mean().mul(3);
        return five.loss(x, labels, indices, start, { lambda: 0 }).loss.add(penalty);
      },
      [z],
    );
  });

  it("updates the targets of the batch alone, by the decayed mean of predictions", () => {
    const five = elrLoss({ numExamples: 5, numClasses: 3, beta: 0.9 });
    const start = five.init(f64);
    const indices = tensor([4, 2], { dtype: "i32" });
    const z = random.normal(random.key(3), [2, 3], f64);
    const p = softmax(z, -1);
    const labels = tensor([0, 1], { dtype: "i32" });
    const first = five.loss(z, labels, indices, start).state;
    const row = (i: number): Tensor => p.at(i).mul(0.1);
    assertClose(first, [[0, 0, 0], [0, 0, 0], row(1).toArray(), [0, 0, 0], row(0).toArray()]);
    const second = five.loss(z, labels, indices, first).state;
    assertClose(second.at(4), row(0).mul(1.9));
  });

  it("is cross-entropy without weight, for integers and for probabilities", () => {
    const five = elrLoss({ numExamples: 5, numClasses: 3, lambda: 0 });
    const z = tensor(
      [
        [1, 2, 3],
        [0, 0, 0],
      ],
      f64,
    );
    const at = tensor([0, 1], { dtype: "i32" });
    const hard = five.loss(z, tensor([2, 0], { dtype: "i32" }), at, five.init(f64)).loss;
    const logSum = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
    assertClose(hard, (logSum - 3 + Math.log(3)) / 2);
    const soft = tensor(
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
      f64,
    );
    assertClose(five.loss(z, soft, at, five.init(f64)).loss, hard);
  });

  it("stays finite at the most certain predictions", () => {
    const sure = tensor([[1000, 0, 0]]);
    const full = tensor([[1, 0, 0]]);
    const value = (z: Tensor): Tensor => elr.loss(z, label, index, full).loss;
    expect(Number.isFinite(value(sure).item())).toBe(true);
    expect(grad(value)(sure).toArray()).toEqual([[1, -1, 0]]);
  });

  it("takes targets from a teacher, and works inside jit", () => {
    const teacher = tensor([[0, 3, 0]], f64);
    const run = (z: Tensor, s: Tensor) =>
      elr.loss(z, label, index, s, { teacherLogits: teacher, lambda: tensor(1, f64) });
    const eager = run(logits, elr.init(f64));
    assertClose(eager.state, softmax(teacher, -1).mul(0.3));
    const compiled = jit(run)(logits, elr.init(f64));
    assertClose(compiled, eager);
  });

  it("does not memorise flipped labels where cross-entropy does", () => {
    const { ce, elr: regularised, truth } = noisyTask();
    expect(ce.test).toBeLessThan(0.75);
    expect(regularised.test).toBeGreaterThan(ce.test + 0.25);
    expect(truth).toBeGreaterThan(0.99);
  });

  it("refuses indices out of range or twice, and other shapes", () => {
    const five = elrLoss({ numExamples: 5, numClasses: 3 });
    const z = zeros([2, 3]);
    const y = tensor([0, 1], { dtype: "i32" });
    const call =
      (...indices: number[]) =>
      () =>
        five.loss(z, y, tensor(indices, { dtype: "i32" }), five.init());
    expect(call(0, 5)).toThrow(ArgumentError);
    expect(call(0, 5)).toThrow(
      "elrLoss: expected indices from 0 to 4, none twice in a batch; got 5",
    );
    expect(call(2, 2)).toThrow("got 2 twice");
    expect(call(1)).toThrow(ShapeError);
    expect(() => five.loss(zeros([2, 4]), y, y, five.init())).toThrow(
      "elrLoss: expected logits [b, 3], indices [b] and targets [5, 3]; got [2, 4], [2] and [5, 3]",
    );
    expect(() => elrLoss({ numExamples: 5, numClasses: 3, beta: 1 })).toThrow("expected beta");
    expect(() => elrLoss({ numExamples: 5, numClasses: 3, clamp: 0.5 })).toThrow("expected clamp");
    expect(() => elrLoss({ numExamples: 0, numClasses: 3 })).toThrow("expected numExamples");
  });
});

/** Linear softmax, n = 400, d = 600, two Gaussian classes 4 apart on one axis, 40 % of the labels flipped. */
function noisyTask() {
  const [n, d] = [400, 600];
  const [forX, forTest, forFlips] = random.split(random.key(5), 3) as [Tensor, Tensor, Tensor];
  const classes = tensor(Int32Array.from({ length: n }, (_, i) => i % 2));
  const flips = random.uniform(forFlips, [n]).less(0.4);
  const labels = flips.where(classes.neg().add(1), classes).cast("i32");
  const shift = classes.cast("f32").mul(4).sub(2).reshape([n, 1]);
  const axis = tensor(Float32Array.from({ length: d }, (_, i) => Number(i === 0)));
  const draw = (key: Tensor): Tensor =>
    random.normal(key, [n, d], { std: 0.35 }).add(shift.mul(axis));
  const [x, xTest] = [draw(forX), draw(forTest)];
  const indices = tensor(Int32Array.from({ length: n }, (_, i) => i));
  const loss = elrLoss({ numExamples: n, numClasses: 2 });
  const accuracy = (w: Tensor, data: Tensor): number =>
    data.matmul(w).argmax(-1).equal(classes).cast("f32").mean().item();
  const train = (lambda: number): { w: Tensor; test: number } => {
    const step = jit((w: Tensor, state: Tensor) => {
      const [[, next], g] = valueAndGradWithAux((v: Tensor) => {
        const result = loss.loss(x.matmul(v), labels, indices, state, { lambda });
        return [result.loss, result.state] as const;
      })(w);
      return { w: w.sub(g.mul(0.05)), state: next };
    });
    let at = { w: zeros([d, 2]), state: loss.init() };
    for (let i = 0; i < 2000; i++) at = step(at.w, at.state);
    return { w: at.w, test: accuracy(at.w, xTest) };
  };
  const [ce, elr] = [train(0), train(3)];
  const wrong = flips.cast("f32");
  const right = x.matmul(elr.w).argmax(-1).equal(classes).cast("f32");
  return { ce, elr, truth: right.mul(wrong).sum().item() / wrong.sum().item() };
}
