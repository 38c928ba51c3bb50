import { grad, jit, type Tensor, tensor, tree, zeros, zerosLike } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  applyUpdates,
  describe as describeOptimizer,
  deserialize,
  freeze,
  type GradientTransformation,
  serialize,
  skipNonFinite,
} from "../src/index";
import { type FloatDType, type Objective, objectives } from "./contract/objectives";
import { type Entry, optimizers } from "./contract/optimizers";
import {
  begin,
  compiledStepOf,
  everything,
  numbersOf,
  type Params,
  type Place,
  stepOf,
  walk,
} from "./contract/run";

const quadratic = objectives[0] as Objective;

const rateOf = (entry: Entry, objective: Objective): number =>
  typeof entry.lr === "number" ? entry.lr : entry.lr[objective.name];

const made = (entry: Entry, objective: Objective = quadratic): GradientTransformation =>
  entry.make(rateOf(entry, objective));

const stepFor = (entry: Entry, objective: Objective): ((place: Place) => Place) => {
  const t = made(entry, objective);
  return entry.eagerOnly ? stepOf(t, objective.loss) : compiledStepOf(t, objective.loss);
};

/** Leaves of several ranks and both float dtypes, with one that has no elements. */
const mixed = (): Params => ({
  empty: zeros([0, 3]),
  matrix: tensor([
    [1, -2, 0.5],
    [0.3, 1, -1],
  ]),
  scalar: tensor(0.7, { dtype: "f64" }),
  vector: tensor([1, -1], { dtype: "f64" }),
});

const mixedLoss = (p: Params): Tensor =>
  Object.keys(p).reduce(
    (sum: Tensor, k) => sum.add((p[k] as Tensor).cast("f64").square().sum()),
    tensor(0, { dtype: "f64" }),
  );

const close = (a: unknown, b: unknown, bound: number): void => {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  expect(x.map((v) => v.length)).toEqual(y.map((v) => v.length));
  x.flat().forEach((v, i) => {
    const w = y.flat()[i] as number;
    expect(Math.abs(v - w)).toBeLessThanOrEqual(bound * Math.max(1, Math.abs(w)));
  });
};

for (const entry of optimizers) {
  describe(`${entry.name} keeps the contract`, () => {
    for (const objective of objectives) {
      test.each<FloatDType>(["f32", "f64"])(`it gets down the ${objective.name} in %s`, (dtype) => {
        const gap = (p: Params): number => objective.loss(p).item() - objective.minimum;
        const start = begin(made(entry, objective), objective.start(dtype));
        const end = walk(start, entry.steps ?? 300, stepFor(entry, objective));
        const share = gap(end.params) / gap(start.params);
        expect(share).toBeLessThan(entry.reach?.[objective.name] ?? 0.01);
        expect(Object.values(end.params).every((x) => x.dtype === dtype)).toBe(true);
      });
    }

    test("it trains leaves of all ranks, both dtypes and no elements in one tree", () => {
      const t = made(entry);
      const step = stepOf(t, mixedLoss);
      const end = walk(begin(t, mixed()), 5, entry.eagerOnly ? step : jit(step));
      const kinds = (p: Params): string[] =>
        tree.names(p).map((n) => `${n} ${(p[n] as Tensor).dtype} ${(p[n] as Tensor).shape}`);
      expect(kinds(end.params)).toEqual(kinds(mixed()));
      expect(mixedLoss(end.params).item()).toBeLessThan(mixedLoss(mixed()).item());
    });

    if (!entry.eagerOnly) {
      test("it does the same inside jit as outside, and compiles once", () => {
        const t = made(entry);
        let traced = 0;
        const compiled = jit((place: Place) => {
          traced++;
          return stepOf(t, quadratic.loss)(place);
        });
        const start = begin(t, quadratic.start("f64"));
        // Scalars may differ in the last place between the two, and some methods divide by small numbers.
        close(walk(start, 8, compiled), walk(start, 8, stepOf(t, quadratic.loss)), 1e-9);
        expect(traced).toBe(1);
      });
    }

    test("it goes on from saved bytes exactly as if it had not stopped", () => {
      const step = stepFor(entry, quadratic);
      const start = begin(made(entry), quadratic.start("f32"));
      const through = walk(start, 13, step);
      const half = deserialize<Place>(serialize(walk(start, 6, step)));
      expect(numbersOf(walk(half, 7, stepFor(entry, quadratic)))).toEqual(numbersOf(through));
    });

    test("it is a pure function of gradients, state and parameters", () => {
      const t = made(entry);
      const { params, state } = walk(
        begin(t, quadratic.start("f64")),
        3,
        stepOf(t, quadratic.loss),
      );
      const before = numbersOf([params, state]);
      const grads = grad(quadratic.loss)(params);
      const extra = everything(quadratic.loss, params);
      const first = t.update(grads, state, params, extra);
      const second = t.update(grads, state, params, extra);
      expect(numbersOf(first)).toEqual(numbersOf(second));
      expect(numbersOf([params, state])).toEqual(before);
    });

    test("it leaves a parameter without gradient alone, and keeps no state for a frozen one", () => {
      const t = made(entry);
      const params = mixed();
      const without = { ...grad(mixedLoss)(params), matrix: null } as unknown as Params;
      const extra = everything(mixedLoss, params);
      const { updates } = t.update(without, t.init(params), params, extra);
      expect(updates["matrix"]).toBeNull();
      expect(applyUpdates(params, updates)["matrix"]).toBe(params["matrix"]);

      const frozen = freeze(made(entry), (path: readonly string[]) => path[0] === "matrix");
      const { matrix: _, ...rest } = params;
      const bytes = (who: GradientTransformation, p: Params): number =>
        describeOptimizer(who, p).stateBytes;
      expect(bytes(frozen, params)).toBe(bytes(made(entry), rest));
      const moved = frozen.update(grad(mixedLoss)(params), frozen.init(params), params, extra);
      expect(moved.updates["matrix"]).toBeNull();
      expect(moved.updates["vector"]?.shape).toEqual([2]);
    });

    test.each([0, 2, 10])(
      "NaN gradients after %i steps do not make it throw, and under skipNonFinite change nothing",
      (steps) => {
        const t = made(entry);
        const place = walk(begin(t, quadratic.start("f32")), steps, stepOf(t, quadratic.loss));
        const bad = tree.map((x: Tensor) => x.mul(Number.NaN), place.params) as Params;
        const extra = everything(quadratic.loss, place.params);
        expect(() => t.update(bad, place.state, place.params, extra)).not.toThrow();

        const safe = skipNonFinite(made(entry));
        const state = { ...safe.init(place.params), inner: place.state };
        const plain = (g: Params, s: typeof state) => safe.update(g, s, place.params, extra);
        for (const update of entry.eagerOnly ? [plain] : [plain, jit(plain)]) {
          const result = update(bad, state);
          expect(numbersOf(result.state.inner)).toEqual(numbersOf(place.state));
          expect(result.state.total.item()).toBe(1);
          expect(
            numbersOf(result.updates)
              .flat()
              .every((u) => u === 0),
          ).toBe(true);
        }
      },
    );

    test("it stays where it is when the first gradients are zero", () => {
      const t = made(entry);
      const params = quadratic.start("f32");
      const none = tree.map((x: Tensor) => zerosLike(x), params) as Params;
      const flat = (p: Params): Tensor => quadratic.loss(p).mul(0);
      const { updates } = t.update(none, t.init(params), params, everything(flat, params));
      const all = numbersOf(updates).flat();
      expect(all.every(Number.isFinite)).toBe(true);
      if (!entry.movesAtRest) expect(all.every((u) => u === 0)).toBe(true);
    });

    test("it refuses gradients of another structure or shape by the path", () => {
      const t = made(entry);
      const params = mixed();
      const grads = grad(mixedLoss)(params);
      const extra = everything(mixedLoss, params);
      const state = t.init(params);
      const { vector: _, ...fewer } = grads;
      expect(() => t.update(fewer, state, params, extra)).toThrow(/structure/);
      expect(() =>
        t.update({ ...grads, vector: zeros([3], { dtype: "f64" }) }, state, params, extra),
      ).toThrow(/vector.*\[3\].*\[2\]/);
      expect(() => t.init({})).toThrow("expected a tree with at least one tensor");
    });
  });
}
