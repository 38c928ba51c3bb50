import { describe, expect, it } from "vitest";
import golden from "../golden/elementary-functions.json";
import { apply } from "./math-apply";
import { engines } from "./run-lowering";

/**
 * What the compiled kernels keep in f64, in units in the last place: the largest error at some ten thousand points
 * of each function, rounded up. The values come with what they lose to f64, so that no slack is left for them.
 */
const bounds = {
  exp: 1.05,
  expm1: 1.3,
  log: 0.8,
  log1p: 0.8,
  tanh: 2.5,
  sin: 0.75,
  cos: 0.75,
  tan: 2,
  asin: 1.9,
  acos: 1.9,
  atan: 1.45,
  sinh: 1.8,
  cosh: 1.25,
  asinh: 1.5,
  acosh: 1.75,
  atanh: 1.65,
  erf: 0.9,
  erfc: 2,
  erfinv: 1.6,
  lgamma: 2.2,
  pow: 0.7,
  atan2: 1.5,
} as const;

type Op = keyof typeof bounds;

/** Distance between neighbouring f64 around x. */
function place(x: number): number {
  const bits = new BigUint64Array(new Float64Array([Math.abs(x)]).buffer)[0] as bigint;
  const exponent = Number(bits >> 52n);
  return 2 ** (Math.max(exponent, 1) - 1075);
}

const compiled = engines.filter(({ name }) => name === "wasm");
const plain = engines.filter(({ name }) => name === "fallback");

describe.each(compiled)("elementary functions in $name", (engine) => {
  it.each(Object.keys(bounds) as Op[])("%s keeps its bound at critical arguments", (op) => {
    const rows: readonly (readonly number[])[] = golden[op];
    const columns = (rows[0] as readonly number[]).map((_, k) =>
      rows.map((row) => row[k] as number),
    );
    const y = apply(engine, op, "f64", ...columns.slice(0, -2));
    const errors = rows.map((row, i) => {
      const [value, rest] = row.slice(-2) as [number, number];
      return Math.abs((y[i] as number) - value - rest) / place(value);
    });
    const worst = errors.reduce((at, error, i) => (error <= (errors[at] as number) ? at : i), 0);
    expect(errors[worst], `${op} of ${rows[worst]?.slice(0, -2)}`).toBeLessThanOrEqual(bounds[op]);
  });
});

// Math's own functions are the engine's affair; these are ours.
describe.each(plain)("special functions in $name", (engine) => {
  it.each(["erf", "erfc", "erfinv", "lgamma"] as const)("%s is right to 14 digits", (op) => {
    const rows: readonly (readonly number[])[] = golden[op];
    const y = apply(
      engine,
      op,
      "f64",
      rows.map(([x]) => x as number),
    );
    rows.forEach(([x, value], i) => {
      const error = Math.abs((y[i] as number) / (value as number) - 1);
      expect(error, `${op} of ${x}`).toBeLessThanOrEqual(2e-14);
    });
  });
});
