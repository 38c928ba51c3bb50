import { ArgumentError, isTensor, ShapeError, type Tensor } from "@x/tensor";
import type { StatefulOptions } from "../types";

/** @throws ArgumentError unless a size is a positive integer */
export function checkSize(operation: string, name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new ArgumentError(
    `${operation}: expected a positive integer for ${name}; got ${String(value)}`,
    { [name]: value },
  );
}

/** @throws ArgumentError unless a layer's input is a tensor */
export function checkTensor(operation: string, x: Tensor): void {
  if (isTensor(x)) return;
  const y: unknown = x;
  const list = Array.isArray(y) || ArrayBuffer.isView(y);
  const [came, advice] =
    typeof y === "object" && y !== null && !list
      ? ["an object", "apply takes the parameters first"]
      : [list ? "an array" : String(y), "wrap it in tensor()"];
  throw new ArgumentError(`${operation}: expected a tensor; got ${came}; ${advice}`);
}

/** @throws ArgumentError when the state is missing, or the caller does not say whether a layer with state trains */
export function checkStateful(
  operation: string,
  state: unknown,
  options: StatefulOptions | undefined,
): void {
  if (state === null || state === undefined || isTensor(state)) {
    throw new ArgumentError(
      `${operation}: state is missing; call apply(params, state, x, { train }) with the state that init or the last call returned`,
    );
  }
  const train: unknown = options?.train;
  if (typeof train === "boolean") return;
  throw new ArgumentError(
    `${operation}: expected { train: true } or { train: false } as options; got train ${String(train)}; say whether the statistics are those of this batch or the running ones`,
  );
}

/** @throws ArgumentError unless an option is a function */
export function checkFunction(operation: string, name: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new ArgumentError(
    `${operation}: expected a function for ${name}; got ${JSON.stringify(value)}; pass one such as relu`,
    { [name]: value },
  );
}

/** @throws ArgumentError unless a number is in [low, high] */
export function checkBetween(
  operation: string,
  name: string,
  value: number,
  low: number,
  high: number,
): void {
  if (value >= low && value <= high) return;
  const bounds = high === Infinity ? `≥ ${low}` : `from ${low} to ${high}`;
  throw new ArgumentError(`${operation}: expected ${name} ${bounds}; got ${String(value)}`, {
    [name]: value,
  });
}

/** @throws ArgumentError unless x is a tensor, ShapeError unless it has at least `rank` axes and `length` along `axis` */
export function checkFeatures(
  operation: string,
  x: Tensor,
  axis: number,
  length: number,
  rank: number,
): void {
  checkTensor(operation, x);
  const at = axis < 0 ? x.shape.length + axis : axis;
  if (x.shape.length >= rank && x.shape[at] === length) return;
  throw new ShapeError(
    `${operation}: expected ${length} features along axis ${axis} of at least ${rank} axes; got shape [${x.shape.join(", ")}]; transpose the input or make a layer for its size`,
    { shape: x.shape, axis, expected: length },
  );
}

/** The elements of a tensor, or nothing while it is being traced or where it lives on a device: reading would wait. */
export function valuesOf(x: Tensor): ArrayLike<number> | undefined {
  try {
    return x.dataSync();
  } catch (error) {
    // Two copies of the package may be loaded, so the class says nothing.
    const { code } = error as { code?: unknown };
    if (code === "ERR_TRACE" || code === "ERR_ARGUMENT") return undefined;
    throw error;
  }
}
