import { jit, type Tensor, tree } from "@x/tensor";
import { expect, test, vi } from "vitest";
import { onEachDevice } from "../../../tensor/test/gpu/devices";
import { singlePrecision } from "../../src/index";
import { type FloatDType, type Objective, objectives } from "./objectives";
import { optimizers } from "./optimizers";
import { begin, type Params, type Place, stepOf, walk } from "./run";

// Each program compiles its kernels first, for seconds where a CPU plays the GPU's part and has other work.
vi.setConfig({ testTimeout: 240_000 });

const quadratic = objectives[0] as Objective;
const steps = 12;

/** What computes decompositions on the CPU in between. */
const visitsCpu = new Set(["shampoo", "shampoo with decay", "soap"]);

const numbers = async (p: Params): Promise<number[]> =>
  (await Promise.all(tree.leaves(p).map((x) => (x as Tensor).data()))).flatMap((x) => [...x]);

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((v, i) => Math.abs(v - (b[i] as number))));

onEachDevice("the contract", (device) => {
  test.each(optimizers.filter((entry) => !entry.eagerOnly))(
    "$name walks where it walks on the CPU",
    async ({ name, make, lr }) => {
      const t = make(typeof lr === "number" ? lr : lr.quadratic);
      const onCpu = (dtype: FloatDType): Promise<number[]> => {
        const step = jit(stepOf(t, quadratic.loss));
        return numbers(walk(begin(t, quadratic.start(dtype)), steps, step).params);
      };
      const single = singlePrecision(t);
      const start = begin(single, quadratic.start("f32"));
      const there = tree.map((x: Tensor) => x.to(device), start as never) as Place;
      const before = { ...device.counters };
      const step = jit(stepOf(single, quadratic.loss), { device });
      const actual = await numbers(walk(there, steps, step).params);
      const expected = await onCpu("f32");
      // How far roundings of f32 carry a method from its path in f64 says what other roundings may do.
      const rounding = farthest(expected, await onCpu("f64"));
      expect(farthest(actual, expected)).toBeLessThan(4 * rounding + 1e-6);
      // Far more than roundings: the walk has to have gone somewhere.
      const origin = await numbers(quadratic.start("f32"));
      expect(farthest(actual, origin)).toBeGreaterThan(0.01);
      expect(device.counters.cpuSteps > before.cpuSteps).toBe(visitsCpu.has(name));
    },
  );
});
