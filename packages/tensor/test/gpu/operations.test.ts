import { expect, it } from "vitest";
import * as t from "../../src/index";
import { assertClose } from "../../src/testing";
import { calls } from "../support/operation-calls";
import { onEachDevice } from "./devices";
import { withoutKernels } from "./without-kernels";

/** Operations whose result's shape depends on values, or is f64: not for a device. */
const elsewhere: ReadonlySet<string> = new Set(["cast", "nonZero", "unique"]);

const whole: ReadonlySet<string> = new Set([
  "bitwiseAnd",
  "bitwiseNot",
  "bitwiseOr",
  "bitwiseXor",
  "leftShift",
  "oneHot",
  "rightShift",
]);

const tensors = (x: unknown): t.Tensor[] =>
  t.tree.flatten(x as t.Tree<unknown>).leaves.filter((leaf) => t.isTensor(leaf));

onEachDevice("every operation", (device) => {
  for (const [name, { inputs, run }] of Object.entries(calls)) {
    if (elsewhere.has(name)) continue;
    it(`${name} gives what the CPU gives`, async () => {
      const dtype = whole.has(name) ? "i32" : "f32";
      const here = inputs.map((x) => t.tensor(x as t.NestedArray, { dtype }));
      const expected = tensors(run(...here));
      const steps = device.counters.cpuSteps;
      const actual = tensors(run(...here.map((x) => x.to(device))));
      expect(actual.length).toBe(expected.length);
      for (const [i, y] of actual.entries()) {
        const x = expected[i] as t.Tensor;
        expect(y.dtype).toBe(x.dtype);
        // A few units in the last place for each of the operations that this one is made of.
        assertClose(await y.to("cpu"), x, { relative: 4e-6, absolute: 1e-6 });
      }
      expect(device.counters.cpuSteps > steps, "runs on the CPU").toBe(withoutKernels.has(name));
    });
  }
});
