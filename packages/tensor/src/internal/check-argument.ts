import { type DType, dtypes } from "../dtype";
import { ArgumentError } from "../errors";

// Types rule these mistakes out; callers without types deserve better than "is not iterable".

const described = (x: unknown): string =>
  typeof x === "object" && x !== null ? "an object" : typeof x === "string" ? `"${x}"` : String(x);

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

/** @throws ArgumentError unless an argument is a dtype */
export function checkDType(operation: string, dtype: DType): void {
  if (dtypes.includes(dtype)) return;
  throw new ArgumentError(
    `${operation}: expected a dtype of ${dtypes.join(", ")}; got ${String(dtype)}`,
    { dtype },
  );
}
