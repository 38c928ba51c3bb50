import { tensor } from "../creation";
import { type DType, isFloat, type TypedArray } from "../dtype";
import { ArgumentError } from "../errors";
import { sameShape, showShape } from "../shape";
import { isTensor, type NestedArray, type Tensor } from "../tensor";
import { AssertionError } from "./assertion-error";

/** How far apart two numbers may be: |actual − expected| ≤ absolute + relative · |expected|. */
export interface CloseOptions {
  /** Default 1e-5 for f32, 1e-10 for f64, 0 for integers and bool. */
  readonly relative?: number;
  /** Default 1e-6 for f32, 1e-12 for f64, 0 for integers and bool. */
  readonly absolute?: number;
}

/** Two numbers of which at least one is out of tolerance, and where. */
export interface Difference {
  /** Distance in units of the tolerance; Infinity where one is NaN or infinite and the other is not the same. */
  readonly excess: number;
  readonly index: readonly number[];
  readonly actual: number;
  readonly expected: number;
}

/**
 * Asserts that tensors, or trees of tensors and numbers, agree element by element.
 *
 * NaN agrees with NaN and an infinity with itself. Shapes must be equal; dtypes may differ.
 *
 * @param actual - a tensor, a number, a typed array, or arrays and objects of these
 * @param expected - the same structure; where `actual` has a tensor, nested arrays or a typed array will do
 * @param options - the tolerance; the default follows the dtype of `actual`
 * @throws AssertionError naming the worst element, its index and both values
 * @example
 * assertClose(tensor([1, 2]).mean(), 1.5);
 */
export function assertClose(actual: unknown, expected: unknown, options: CloseOptions = {}): void {
  compare(actual, expected, options, "");
}

function compare(actual: unknown, expected: unknown, options: CloseOptions, path: string): void {
  if (isTensor(actual) || typeof actual === "number" || ArrayBuffer.isView(actual)) {
    compareTensors(asTensor(actual), asTensor(expected), options, path);
    return;
  }
  if (typeof actual !== "object" || actual === null) {
    if (Object.is(actual, expected)) return;
    throw mismatch(path, `expected ${String(expected)}; got ${String(actual)}`);
  }
  const want = isTensor(expected) ? expected.toArray() : expected;
  const keysOf = (x: unknown): string[] =>
    typeof x === "object" && x !== null ? Object.keys(x).sort() : [];
  const [keys, others] = [keysOf(actual), keysOf(want)];
  if (keys.length !== others.length || keys.some((k, i) => k !== others[i])) {
    throw mismatch(path, `expected entries ${others.join(", ")}; got ${keys.join(", ")}`);
  }
  for (const key of keys) {
    const step = path === "" ? key : `${path}.${key}`;
    compare((actual as Tree)[key], (want as Tree)[key], options, step);
  }
}

type Tree = Readonly<Record<string, unknown>>;

const mismatch = (path: string, text: string): AssertionError =>
  new AssertionError(`assertClose: ${path === "" ? "" : `at ${path}: `}${text}`, { path });

function asTensor(x: unknown): Tensor {
  if (isTensor(x)) return x;
  if (typeof x === "number") return tensor(x, { dtype: "f64" });
  if (ArrayBuffer.isView(x)) return tensor(x as TypedArray);
  if (typeof x === "boolean" || Array.isArray(x)) {
    const t = tensor(x as NestedArray);
    return t.dtype === "bool" ? t : tensor(x as NestedArray, { dtype: "f64" });
  }
  throw new ArgumentError(
    `assertClose: expected tensors, numbers or typed arrays; got ${x === null ? "null" : typeof x}`,
  );
}

/** The tolerance that suits a dtype. */
function toleranceOf(dtype: DType, options: CloseOptions): Required<CloseOptions> {
  const [relative, absolute] = !isFloat(dtype)
    ? [0, 0]
    : dtype === "f32"
      ? [1e-5, 1e-6]
      : [1e-10, 1e-12];
  return { relative: options.relative ?? relative, absolute: options.absolute ?? absolute };
}

function compareTensors(
  actual: Tensor,
  expected: Tensor,
  options: CloseOptions,
  path: string,
): void {
  if (!sameShape(actual.shape, expected.shape)) {
    throw mismatch(
      path,
      `expected shape ${showShape(expected.shape)}; got ${showShape(actual.shape)}`,
    );
  }
  const tolerance = toleranceOf(actual.dtype, options);
  const { worst, count } = differences(actual, expected, tolerance);
  if (worst === undefined) return;
  const { index, actual: a, expected: e } = worst;
  throw new AssertionError(
    `assertClose: ${path === "" ? "" : `at ${path}: `}expected ${e} at ${showShape(index)}; got ${a}; ` +
      `they differ by ${Math.abs(a - e)}, allowed is ${tolerance.absolute + tolerance.relative * Math.abs(e)} ` +
      `(absolute ${tolerance.absolute}, relative ${tolerance.relative}); ` +
      `${count} of ${actual.size} elements of shape ${showShape(actual.shape)} differ, this one the most`,
    { ...worst, path, count },
  );
}

/** The worst pair of elements that is out of tolerance, and how many are. */
function differences(
  actual: Tensor,
  expected: Tensor,
  { relative, absolute }: Required<CloseOptions>,
): { readonly worst: Difference | undefined; readonly count: number } {
  const [xs, ys] = [actual.dataSync(), expected.dataSync()];
  let worst: { excess: number; at: number } | undefined;
  let count = 0;
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i] as number, ys[i] as number];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const gap = Math.abs(x - y) / (absolute + relative * Math.abs(y));
    const excess = Number.isFinite(x) && Number.isFinite(y) ? gap : Number.POSITIVE_INFINITY;
    if (excess <= 1) continue;
    count++;
    if (worst === undefined || excess > worst.excess) worst = { excess, at: i };
  }
  if (worst === undefined) return { worst, count };
  const { excess, at } = worst;
  const found = { actual: xs[at] as number, expected: ys[at] as number };
  return { worst: { excess, index: indexOf(at, actual.shape), ...found }, count };
}

/** Position in each axis of the element number `flat` in C order. */
export function indexOf(flat: number, shape: readonly number[]): number[] {
  let rest = flat;
  return [...shape]
    .reverse()
    .map((d) => {
      const i = rest % d;
      rest = Math.floor(rest / d);
      return i;
    })
    .reverse();
}
