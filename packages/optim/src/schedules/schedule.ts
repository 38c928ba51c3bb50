import { ArgumentError, isTensor, type Tensor, take, tensor } from "@x/tensor";
import { checkCount } from "../core/check";
import { scalarDType } from "../core/scalar-dtype";
import type { Schedule } from "../types";

/**
 * A schedule from a function of the step written with tensor methods.
 *
 * @param f - of the step (f64 scalar, counted from 0), giving a scalar
 * @returns a function of numbers or of scalar tensors, the latter also inside `jit`
 * @example
 * const halving = schedule((t) => t.div(100).floor().neg().exp2().mul(0.1));
 * halving(250) // 0.025
 */
export function schedule(f: (step: Tensor) => Tensor): Schedule {
  const call = (step: number | Tensor): number | Tensor =>
    isTensor(step) ? f(step.cast(scalarDType())) : f(tensor(step, { dtype: "f64" })).item();
  return Object.assign(call, { "@x/optim/schedule": true as const }) as unknown as Schedule;
}

/**
 * A schedule from any function of numbers, evaluated beforehand for the first steps; later steps get the last value.
 *
 * @param f - of the step, from 0
 * @param steps - number of values kept, ≥ 1
 * @throws ArgumentError when a value is not a finite number
 * @example
 * sgd(tabulate((t) => (t % 10 < 5 ? 0.1 : 0.01), 1000)) // also inside jit
 */
export function tabulate(f: (step: number) => number, steps: number): Schedule {
  checkCount("tabulate", "steps", steps);
  const values = Float64Array.from({ length: steps }, (_, t) => {
    const value = f(t);
    if (!Number.isFinite(value)) {
      throw new ArgumentError(
        `tabulate: expected finite numbers from f; got ${String(value)} at step ${t}`,
        { step: t, value },
      );
    }
    return value;
  });
  const table = tensor(values);
  return schedule((t) => take(table.cast(t.dtype), t.clip(0, steps - 1).cast("i32")));
}
