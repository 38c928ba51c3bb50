import { jit, random, type Tensor, tensor, zeros } from "@x/tensor";
import { writeSafetensors } from "@x/tensor/io";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  adam,
  adamw,
  addDecayedWeights,
  applyUpdates,
  chain,
  cosineSchedule,
  deserialize,
  freeze,
  type GradientTransformation,
  identity,
  injectHyperparams,
  masked,
  Optimizer,
  type OptState,
  describe as overview,
  partition,
  scaleBy,
  scaleByAdam,
  scaleByLearningRate,
  serialize,
  setHyperparams,
  sgd,
  skipNonFinite,
  tabulate,
} from "../../src/index";

const f64 = (x: number | number[]): Tensor => tensor(x, { dtype: "f64" });

describe("rates", () => {
  test("are evaluated at the step counted from 0, and scale decay together with the gradient", () => {
    const t = sgd((step) => 1 / (step + 1), { weightDecay: (step) => step });
    let theta = f64(2);
    let state = t.init(theta);
    const places = [1, 1].map((g) => {
      const result = t.update(f64(g), state, theta);
      theta = applyUpdates(theta, result.updates);
      state = result.state;
      return theta.item();
    });
    // 2 − 1·(1 + 0·2), then 1 − ½·(1 + 1·1).
    expect(places).toEqual([1, 0]);
  });

  test("may be scalar tensors; functions of numbers alone are refused inside jit with advice", () => {
    const g = f64([1, -2]);
    expect(sgd(tensor(0.5)).update(g, sgd(1).init(g)).updates.toArray()).toEqual([-0.5, 1]);
    const plain: GradientTransformation = sgd((step) => 1 / (step + 1));
    const compiled = jit((grads: Tensor, state: OptState) => plain.update(grads, state));
    expect(() => compiled(g, plain.init(g))).toThrow("wrap it in tabulate(f, steps)");
    const table: GradientTransformation = sgd(tabulate((step) => 1 / (step + 1), 10));
    const inside = jit((grads: Tensor, state: OptState) => table.update(grads, state));
    const second = inside(g, inside(g, table.init(g)).state);
    expect(second.updates.toArray()).toEqual([-0.5, 1]);
    expect(() => scaleBy(tensor([1, 2]))).toThrow("expected rate to be a scalar; got shape [2]");
  });
});

describe("chain", () => {
  test("hands the updates of one part to the next", () => {
    const t = chain(scaleBy(3), identity(), scaleByLearningRate(0.5));
    expect(t.update(f64(2), t.init(f64(2))).updates.item()).toBe(-3);
  });
});

describe("partition, masked and freeze", () => {
  const params = { head: { w: f64([1, 2]), b: f64(3) }, body: [f64([4, 5])] };
  const grads = { head: { w: f64([1, 1]), b: f64(1) }, body: [f64([1, 1])] };

  test("treat each leaf by its own method, as if it were alone", () => {
    const t = partition((path) => (path[0] === "head" ? "fast" : "slow"), {
      fast: adam(0.1),
      slow: sgd(0.01, { momentum: 0.9 }),
      unused: sgd(1),
    });
    const { updates } = t.update(grads, t.init(params), params);
    const alone = adam(0.1);
    assertClose(updates.head.w, alone.update(grads.head.w, alone.init(params.head.w)).updates);
    expect(updates.body[0]?.toArray()).toEqual([-0.01, -0.01]);
    expect(Object.keys(t.init(params)).sort()).toEqual(["fast", "slow"]);
  });

  test("take labels from a tree, where a label on a branch holds for all below it", () => {
    const t = partition({ head: "a", body: ["b"] }, { a: sgd(1), b: sgd(2) });
    const { updates } = t.update(grads, t.init(params), params);
    expect(updates.head.b.item()).toBe(-1);
    expect(updates.body[0]?.toArray()).toEqual([-2, -2]);
  });

  test("masked passes other leaves through unchanged", () => {
    const t = chain(
      masked(addDecayedWeights(0.5), (_, p) => p.rank > 0),
      scaleByLearningRate(1),
    );
    const { updates } = t.update(grads, t.init(params), params);
    expect(updates.head.w.toArray()).toEqual([-1.5, -2]);
    expect(updates.head.b.item()).toBe(-1);
  });

  test("frozen leaves have no state and no update, also integers and inside jit", () => {
    const withTable = { w: f64([1, 2]), table: tensor([1, 2, 3], { dtype: "i32" }) };
    const t = freeze(adam(0.1), { w: false, table: true });
    const only = { w: f64([1, 1]), table: null } as unknown as typeof withTable;
    const step = jit((p: typeof withTable, g: typeof only, s: OptState) => {
      const result = t.update(g, s as never, p);
      return { params: applyUpdates(p, result.updates), state: result.state };
    });
    const moved = step(withTable, only, t.init(withTable));
    assertClose(moved.params.w, [0.9, 1.9], { absolute: 1e-8 });
    expect(moved.params.table.toArray()).toEqual([1, 2, 3]);
  });

  test("tell a dot in a key from a branch", () => {
    const t = partition((path) => (path.length === 1 ? "a" : "b"), { a: sgd(1), b: sgd(2) });
    const alike = { "x.y": f64(1), x: { y: f64(1) } };
    const { updates } = t.update(alike, t.init(alike), alike);
    expect([updates["x.y"].item(), updates.x.y.item()]).toEqual([-1, -2]);
  });

  test("refuse unknown labels and choices of another kind by the path", () => {
    const t = partition(() => "c", { a: sgd(1) });
    expect(() => t.init(params)).toThrow("partition: expected one of the labels a; body.0 has c");
    expect(() => freeze(sgd(1), { head: true }).init(params)).toThrow(
      "freeze: expected a boolean for every parameter; body.0 has",
    );
  });
});

describe("trees of another kind", () => {
  test("are refused by name", () => {
    const t = sgd(1);
    expect(() => t.init({ a: [] })).toThrow(
      "expected a tree with at least one tensor; it has none",
    );
    expect(() => t.init({ a: { b: 3 } })).toThrow("expected trees of tensors; a.b is a number");
    const table = { n: tensor([1], { dtype: "i32" }) };
    expect(() => t.init(table)).toThrow("expected parameters of dtype f32 or f64; n is i32");
    expect(() => applyUpdates({ a: f64([1, 2]) }, { a: f64([1]) })).toThrow(
      "at a the gradient is [1], the parameter [2]",
    );
    expect(() => applyUpdates({ a: f64(1) } as object, { b: f64(1) })).toThrow(
      "structure of updates",
    );
  });

  test("keep their parameters' dtype when updates are wider", () => {
    const moved = applyUpdates({ a: tensor([1]) }, { a: f64([1]) });
    expect(moved.a.dtype).toBe("f32");
  });
});

describe("injectHyperparams", () => {
  test("keeps rates in the state, where they change without another compilation", () => {
    const t = injectHyperparams(({ lr, decay }) => adamw(lr, { weightDecay: decay }), {
      lr: 0.1,
      decay: 0,
    });
    const theta = f64([1, 2]);
    let traced = 0;
    const step = jit((g: Tensor, s: ReturnType<typeof t.init>, p: Tensor) => {
      traced++;
      return t.update(g, s, p);
    });
    const state = t.init(theta);
    const slow = step(theta, state, theta);
    const fast = step(theta, setHyperparams(state, { lr: 0.2, decay: 0.5 }), theta);
    assertClose(slow.updates, [-0.1, -0.1], { absolute: 1e-8 });
    assertClose(fast.updates, [-0.2 - 0.1, -0.2 - 0.2], { absolute: 1e-8 });
    expect(traced).toBe(1);
    expect(fast.state.hyperparams.lr.item()).toBe(0.2);
  });

  test("shows the present value of a schedule", () => {
    const t = injectHyperparams(({ lr }) => sgd(lr), { lr: cosineSchedule(1, 4) });
    let state = t.init(f64(1));
    for (let k = 0; k < 3; k++) state = t.update(f64(1), state).state;
    expect(state.hyperparams.lr.item()).toBeCloseTo(0.5, 14);
    expect(() => setHyperparams(state, { rate: 1 } as never)).toThrow(
      "expected one of lr; got rate",
    );
    expect(() => setHyperparams(state, { lr: -1 })).toThrow("setHyperparams: expected lr ≥ 0");
  });
});

describe("serialize", () => {
  test("brings back every bit, key and dtype", () => {
    const tree = {
      "a.b": f64([Number.NaN, -0, Number.POSITIVE_INFINITY, 5e-324]),
      a: { b: tensor([1.1, 3e38]) },
      list: [zeros([0, 3]), null, undefined, tensor([true, false]), random.key(3)],
      plain: [1, -0, Number.NaN, Number.NEGATIVE_INFINITY, "text", true],
    };
    const back = deserialize<typeof tree>(serialize(tree));
    expect(Object.keys(back)).toEqual(Object.keys(tree));
    expect(back["a.b"].dataSync()).toEqual(tree["a.b"].dataSync());
    expect(back.a.b.dataSync()).toEqual(tree.a.b.dataSync());
    expect(back.plain).toEqual(tree.plain);
    expect(back.list.slice(1, 3)).toEqual([null, undefined]);
    expect((back.list[0] as Tensor).shape).toEqual([0, 3]);
    expect((back.list[3] as Tensor).dtype).toBe("bool");
    expect((back.list[4] as Tensor).dataSync()).toEqual(random.key(3).dataSync());
  });

  test("refuses what it cannot bring back, and bytes of others", () => {
    expect(() => serialize({ f: () => 1 })).toThrow("serialize: expected tensors, numbers, texts");
    const foreign = writeSafetensors({ w: zeros([2]) });
    expect(() => deserialize(foreign)).toThrow("deserialize: expected a file written by serialize");
  });
});

describe("Optimizer", () => {
  const loss = { w: f64([2, -3]) };

  test("steps like the functions it wraps, compiled or not", () => {
    for (const compile of [true, false]) {
      const optimizer = new Optimizer(adam(0.1), loss, { jit: compile });
      const t = adam(0.1);
      let [params, state] = [loss, t.init(loss)];
      for (let k = 0; k < 5; k++) {
        optimizer.step(params);
        const result = t.update(params, state, params);
        params = applyUpdates(params, result.updates);
        state = result.state;
        assertClose(optimizer.params.w, params.w, { relative: 1e-13 });
      }
    }
  });

  test("goes on from saved bytes, shows its state, and takes another", () => {
    const t = injectHyperparams(({ lr }) => sgd(lr, { momentum: 0.9 }), { lr: 0.1 });
    const first = new Optimizer(t, loss);
    first.step(loss);
    const second = new Optimizer(t, loss);
    second.restore(first.save());
    expect(second.step(loss).w.dataSync()).toEqual(first.step(loss).w.dataSync());
    second.state = setHyperparams(second.state as ReturnType<typeof t.init>, { lr: 0 });
    const before = second.params;
    expect(second.step(loss).w.toArray()).toEqual(before.w.toArray());
    expect(() => second.restore(serialize([1]))).toThrow(
      "Optimizer.restore: expected the bytes of",
    );
  });

  test("throws what a compiled step cannot", () => {
    const optimizer = new Optimizer(skipNonFinite(sgd(1), { maxConsecutive: 0 }), loss);
    expect(() => optimizer.step({ w: f64([Number.NaN, 1]) })).toThrow("skipNonFinite");
    expect(optimizer.params.w.toArray()).toEqual([2, -3]);
  });
});

describe("describe", () => {
  test("tells shapes, methods, parameters and bytes of state", () => {
    const params = { w: zeros([4, 3]), b: f64([1, 2]) };
    const t = partition((path) => (path[0] === "b" ? "plain" : "adam"), {
      plain: sgd(1),
      adam: scaleByAdam(),
    });
    expect(overview(t, params)).toMatchObject({
      leaves: [
        { path: "b", shape: [2], dtype: "f64", method: "plain: sgd" },
        { path: "w", shape: [4, 3], dtype: "f32", method: "adam: scaleByAdam" },
      ],
      parameters: 14,
      // Two moments of twelve f32, and the number of the step.
      stateBytes: 2 * 12 * 4 + 4,
    });
  });
});
