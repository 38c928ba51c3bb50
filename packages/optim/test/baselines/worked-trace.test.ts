import { jit, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  adagrad,
  adam,
  adamw,
  applyUpdates,
  type GradientTransformation,
  lion,
  type OptState,
  rmsprop,
  sgd,
} from "../../src/index";

/** One scalar that starts at 1 and is given the gradients 1, 0.5, −0.25, whatever it is. */
const gradients = [1, 0.5, -0.25];

// Computed beforehand in double precision from the formulas alone, printed to nine digits.
const table: [string, GradientTransformation, number[]][] = [
  ["momentum 0.9", sgd(0.1, { momentum: 0.9 }), [0.9, 0.76, 0.659]],
  ["Nesterov 0.9", sgd(0.1, { momentum: 0.9, nesterov: true }), [0.81, 0.634, 0.5681]],
  ["Adam", adam(0.1), [0.900000001, 0.806782038, 0.750415901]],
  ["AdamW", adamw(0.1, { weightDecay: 0.1 }), [0.890000001, 0.787882038, 0.723637081]],
  ["AdaGrad", adagrad(0.1), [0.9, 0.85527864, 0.877100429]],
  ["RMSProp", rmsprop(0.1), [0.68377225, 0.5363303, 0.611793936]],
  ["Lion", lion(0.1), [0.9, 0.8, 0.9]],
];

type Step = (theta: Tensor, state: OptState, g: Tensor) => readonly [Tensor, OptState];

describe("the worked trace", () => {
  for (const [name, t, expected] of table) {
    const plain: Step = (theta, state, g) => {
      const result = t.update(g, state, theta);
      return [applyUpdates(theta, result.updates), result.state];
    };
    for (const [mode, step] of [
      ["without jit", plain],
      ["inside jit", jit(plain)],
    ] as const) {
      test(`${name} follows it ${mode}, in f64 to nine digits and in f32 to seven`, () => {
        for (const dtype of ["f64", "f32"] as const) {
          let theta = tensor(1, { dtype });
          let state: OptState = t.init(theta);
          gradients.forEach((g, i) => {
            [theta, state] = step(theta, state, tensor(g, { dtype }));
            // Half a unit of the last digit printed; some twenty roundings of 6e-8 in f32.
            const bound = dtype === "f64" ? 5.1e-9 : 1e-6;
            expect(Math.abs(theta.item() - (expected[i] as number))).toBeLessThan(bound);
            expect(theta.dtype).toBe(dtype);
          });
        }
      });
    }
  }
});
