import { jit, type Tensor, tree } from "@x/tensor";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../tensor/src/graph/graph";
import { traceGraph } from "../../../tensor/src/graph/graph-trace";
import {
  adam,
  chain,
  clipByGlobalNorm,
  cosineSchedule,
  type GradientTransformation,
  injectHyperparams,
  multiSteps,
  setHyperparams,
  sgd,
  singlePrecision,
  skipNonFinite,
  tabulate,
} from "../../src/index";
import { type Objective, objectives } from "../contract/objectives";
import { optimizers } from "../contract/optimizers";
import {
  begin,
  compiledStepOf,
  numbersOf,
  type Params,
  type Place,
  stepOf,
  walk,
} from "../contract/run";

const quadratic = objectives[0] as Objective;
const start = (): Params => quadratic.start("f32");
const dtypes = (t: unknown): Set<string> =>
  new Set((tree.leaves(t as never) as Tensor[]).map((x) => x.dtype));

/** The dtypes that a program computes in, those of its branches and loops included. */
function computed({ equations }: Graph): Set<string> {
  const inside = equations.flatMap(({ params }) =>
    Object.values((params ?? {}) as object)
      .flat()
      .filter((p): p is Graph => typeof p === "object" && p !== null && "equations" in p),
  );
  const own = equations.flatMap(({ outputs }) => outputs.map((v) => v.dtype));
  return new Set([...own, ...inside.flatMap((g) => [...computed(g)])]);
}

/** The same of a step. */
function computedBy(t: GradientTransformation): Set<string> {
  const { leaves, structure } = tree.flatten(begin(t, start()) as never);
  const step = stepOf(t, quadratic.loss);
  const graph = traceGraph(
    (inputs) => tree.leaves(step(tree.unflatten(structure, inputs as never) as Place) as never),
    leaves as Tensor[],
  );
  return computed(graph);
}

describe("singlePrecision", () => {
  test.each(optimizers.filter((entry) => !entry.eagerOnly))(
    "leaves no f64 in state and step of $name",
    ({ make }) => {
      const t = singlePrecision(make(0.1));
      const place = begin(t, start());
      const step = stepOf(t, quadratic.loss);
      expect(dtypes(place).has("f64")).toBe(false);
      expect(computedBy(t).has("f64")).toBe(false);
      expect(dtypes(jit(step)(place)).has("f64")).toBe(false);
    },
  );

  test("goes where scalars in f64 lead, to roundings of f32", () => {
    const make = (): GradientTransformation =>
      chain(clipByGlobalNorm(0.5), adam(cosineSchedule(0.1, 2000)));
    const end = (t: GradientTransformation): number[] =>
      numbersOf(walk(begin(t, start()), 1000, compiledStepOf(t, quadratic.loss)).params).flat();
    const [single, double] = [end(singlePrecision(make())), end(make())];
    // Near the minimum roundings do not add up.
    for (const [i, v] of double.entries()) {
      expect(Math.abs((single[i] as number) - v)).toBeLessThan(1e-5);
    }
  });

  test("a table of rates and rates set by hand are f32, too", () => {
    const tabled = singlePrecision(sgd(tabulate((t) => 1 / (t + 1), 5)));
    expect(computedBy(tabled).has("f64")).toBe(false);
    const t = injectHyperparams(({ lr }) => sgd(lr), { lr: 0.1 });
    const state = setHyperparams(singlePrecision(t).init(start()), { lr: 0.3 });
    expect(state.hyperparams.lr.dtype).toBe("f32");
    expect(state.hyperparams.lr.item()).toBeCloseTo(0.3, 6);
  });

  test("others compute in f64 as before, also after it has thrown", () => {
    const refusing: GradientTransformation = {
      init: () => null,
      update() {
        throw new Error("refused");
      },
    };
    expect(() => singlePrecision(refusing).update(start(), null)).toThrow("refused");
    const t = injectHyperparams(({ lr }) => sgd(lr), { lr: 0.1 });
    expect(t.init(start()).hyperparams.lr.dtype).toBe("f64");
    expect(computedBy(adam(0.1)).has("f64")).toBe(true);
    expect(computedBy(multiSteps(adam(0.1), 2)).has("f64")).toBe(true);
  });

  test("keeps what verifies and describes, and adds nothing", () => {
    const skipping = skipNonFinite(adam(0.1), { maxConsecutive: 0 });
    const t = singlePrecision(skipping);
    const state = t.init(start());
    const bad = { ...state, consecutive: state.consecutive.add(1) };
    expect(() => t.verify?.(bad)).toThrow("skipNonFinite: expected at most 0 steps");
    expect(t.describe === undefined).toBe(skipping.describe === undefined);
    expect(singlePrecision(adam(0.1)).verify).toBeUndefined();
  });
});
