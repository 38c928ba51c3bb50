import { type DType, dtypes } from "../dtype";
import { ArgumentError } from "../errors";
import { showShape } from "../shape";
import type { Tensor } from "../tensor";

// Types rule these mistakes out; callers without types deserve better than "is not iterable".

/** A value in the words of an error. */
export function described(x: unknown): string {
  // Not `isTensor`: its module imports everything, and kernels that are loaded on their own come through here.
  const t = x as Partial<Tensor> | null | undefined;
  if (t?.["@x/tensor/1"]) return `a tensor of ${t.dtype} and shape ${showShape(t.shape ?? [])}`;
  if (typeof x === "function") return "a function";
  if (typeof x === "object" && x !== null) return "an object";
  return typeof x === "string" ? `"${x}"` : String(x);
}

/** @throws ArgumentError unless an argument is a list */
export function checkList(operation: string, name: string, x: unknown): void {
  if (Array.isArray(x)) return;
  throw new ArgumentError(
    `${operation}: expected a list for ${name}; got ${described(x)}; write [ ] around it`,
    { operation, value: x },
  );
}

/** @throws ArgumentError unless an argument is a function */
export function checkFunction(operation: string, f: unknown): void {
  if (typeof f === "function") return;
  throw new ArgumentError(
    `${operation}: expected a function; got ${described(f)}; pass the function, not its result`,
    { operation },
  );
}

/** @throws ArgumentError unless a number counts something */
export function checkCount(operation: string, name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0) return;
  throw new ArgumentError(`${operation}: expected a non-negative integer ${name}; got ${value}`, {
    [name]: value,
  });
}

/** @throws ArgumentError unless an argument is a dtype, one of `allowed` */
export function checkDType(
  operation: string,
  dtype: DType,
  allowed: readonly DType[] = dtypes,
): void {
  if (allowed.includes(dtype)) return;
  throw new ArgumentError(
    `${operation}: expected a dtype of ${allowed.join(", ")}; got ${String(dtype)}`,
    { dtype },
  );
}
