// A scope, not a setting: it ends with the synchronous call that opened it, also by an exception. Methods are made of
// parts inside parts, each with scalars of its own, and the two functions of a part leave no place to hand it through.
let present: "f32" | "f64" = "f64";

/** What scalars that all leaves share are computed in: f64, but for methods under `singlePrecision`. */
export const scalarDType = (): "f32" | "f64" => present;

/** Runs a synchronous function with scalars in f32. */
export function withSingleScalars<T>(f: () => T): T {
  const before = present;
  present = "f32";
  try {
    return f();
  } finally {
    present = before;
  }
}
