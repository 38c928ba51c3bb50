import { allocate, type DType, isFloat, representable, type TypedArray } from "./dtype";
import { ArgumentError, ShapeError } from "./errors";
import { checkCount, checkDType } from "./internal/check-argument";
import { storageOf } from "./internal/storage";
import { stack } from "./ops/join";
import { constant } from "./primitives/constants";
import { checkShape, contiguousStrides, type Shape, showShape, sizeOf } from "./shape";
import { isTensor, type NestedArray, Tensor } from "./tensor";

/** How {@link tensor} reads its data. */
export interface TensorOptions {
  /** Default: the shape of the nesting, or one axis for a typed array. */
  readonly shape?: Shape;
  /** Default: that of a typed array, `bool` for booleans, otherwise `f32`. */
  readonly dtype?: DType;
  /**
   * For typed arrays: `false` uses the array itself, which must not be changed afterwards. Default `true`.
   */
  readonly copy?: boolean;
}

/** Options of functions that make tensors. */
export interface DTypeOption {
  /** Default `f32`. */
  readonly dtype?: DType;
}

const isTypedArray = (x: unknown): x is TypedArray =>
  ArrayBuffer.isView(x) && !(x instanceof DataView);

/**
 * A tensor from nested arrays, a number, a boolean or a typed array.
 *
 * A typed array is copied unless `copy: false`; bare numbers become `f32`, booleans `bool`.
 *
 * @throws ShapeError when nested arrays are ragged or the data do not fill the shape
 * @throws ArgumentError on an unknown dtype or data of another kind
 * @example
 * tensor([[1, 2], [3, 4]]).shape // [2, 2]
 */
export function tensor(
  data: Tensor | TypedArray | NestedArray,
  options: TensorOptions = {},
): Tensor {
  if (options.dtype !== undefined) checkDType("tensor", options.dtype);
  if (isTensor(data)) {
    const cast = options.dtype === undefined ? data : data.cast(options.dtype);
    return options.shape === undefined ? cast : cast.reshape(options.shape);
  }
  return isTypedArray(data) ? fromTypedArray(data, options) : fromNested(data, options);
}

/** The dtype that bare numbers and booleans take beside a tensor: the tensor's, unless a fraction meets integers. */
export const dtypeBeside = (values: readonly (number | boolean)[], dtype: DType): DType =>
  values.length > 0 && values.every((v) => typeof v === "boolean")
    ? "bool"
    : isFloat(dtype)
      ? dtype
      : !values.every((v) => Number.isInteger(Number(v)))
        ? "f32"
        : dtype === "bool"
          ? "i32"
          : dtype;

function fromTypedArray(data: TypedArray, options: TensorOptions): Tensor {
  const name = data[Symbol.toStringTag];
  const have = dtypeOfArray[name];
  if (have === undefined) {
    throw new ArgumentError(
      `tensor: expected a ${Object.keys(dtypeOfArray).join(" or ")}; got ${name}; convert it first`,
      { type: name },
    );
  }
  const shape = options.shape ?? [data.length];
  checkFill("tensor", shape, data.length);
  const own = options.copy === false ? data : (data.slice() as TypedArray);
  const isBits = options.dtype === "bool" && have === "u8" && data.every((v) => v <= 1);
  if (isBits) return wrap(own, shape, "bool");
  return wrap(own, shape, have).cast(options.dtype ?? have);
}

/** By name and not by class: an array of another realm is as good. */
const dtypeOfArray: Readonly<Record<string, DType>> = {
  Float32Array: "f32",
  Float64Array: "f64",
  Int32Array: "i32",
  Uint32Array: "u32",
  Uint8Array: "u8",
};

/** A tensor around an array in C order; nothing is copied or checked. */
export const wrap = (data: TypedArray, shape: Shape, dtype: DType): Tensor =>
  Tensor.concrete(shape, dtype, {
    storage: storageOf(dtype, data),
    offset: 0,
    strides: contiguousStrides(shape),
  });

function checkFill(operation: string, shape: Shape, length: number): void {
  checkShape(operation, shape);
  if (sizeOf(shape) !== length) {
    throw new ShapeError(
      `${operation}: expected ${sizeOf(shape)} elements for shape ${showShape(shape)}; got ${length}`,
      { shape, length },
    );
  }
}

/** A tensor from nested arrays, of the dtype that suits `beside` unless options name one. */
export function fromNested(
  data: NestedArray,
  options: TensorOptions,
  beside: DType = "f32",
  operation = "tensor",
): Tensor {
  const shape: number[] = [];
  let level: NestedArray | Tensor = data;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0] as NestedArray;
  }
  const flat: (number | boolean)[] = [];
  const tensors: Tensor[] = [];
  const visit = (node: unknown, depth: number): void => {
    if (Array.isArray(node)) {
      if (depth >= shape.length || node.length !== shape[depth]) {
        throw new ShapeError(
          `${operation}: expected nested arrays of equal lengths ${showShape(shape)}; got one of length ${node.length} at depth ${depth}`,
          { shape, depth, length: node.length },
        );
      }
      for (const child of node) visit(child, depth + 1);
      return;
    }
    if (depth !== shape.length) {
      throw new ShapeError(
        `${operation}: expected nested arrays of depth ${shape.length}; got ${String(node)} at depth ${depth}`,
        { shape, depth },
      );
    }
    if (isTensor(node)) tensors.push(node);
    else if (typeof node === "number" || typeof node === "boolean") flat.push(node);
    else {
      throw new ArgumentError(
        `${operation}: expected numbers, booleans or tensors; got ${node === null ? "null" : typeof node}`,
        { type: typeof node },
      );
    }
  };
  visit(data, 0);
  if (tensors.length > 0) return fromTensors(tensors, flat.length, shape, options);
  const dtype = options.dtype ?? dtypeBeside(flat, beside);
  const array = allocate(dtype, flat.length);
  for (let i = 0; i < flat.length; i++) array[i] = representable(Number(flat[i]), dtype);
  const to = options.shape ?? shape;
  checkFill("tensor", to, flat.length);
  return wrap(array, to, dtype);
}

/** Nested arrays of tensors of one shape, stacked. */
function fromTensors(
  tensors: readonly Tensor[],
  others: number,
  shape: Shape,
  options: TensorOptions,
): Tensor {
  if (others > 0) {
    throw new ArgumentError(
      "tensor: expected nested arrays of numbers or of tensors; got a mixture; use stack",
    );
  }
  const joined = stack(tensors);
  const out = joined.reshape(options.shape ?? [...shape, ...joined.shape.slice(1)]);
  return options.dtype === undefined ? out : out.cast(options.dtype);
}

/** All elements 0. */
export const zeros = (shape: Shape, options?: DTypeOption): Tensor =>
  filled("zeros", shape, 0, options);

/** All elements 1. */
export const ones = (shape: Shape, options?: DTypeOption): Tensor =>
  filled("ones", shape, 1, options);

/** All elements `value`. Takes no memory: the element is held once. */
export const full = (shape: Shape, value: number, options?: DTypeOption): Tensor =>
  filled("full", shape, value, options);

function filled(operation: string, shape: Shape, value: number, options: DTypeOption = {}): Tensor {
  const { dtype = "f32" } = options;
  checkDType(operation, dtype);
  checkShape(operation, shape);
  return constant(representable(value, dtype), shape, dtype);
}

type Like = (x: Tensor, options?: DTypeOption) => Tensor;

/** Zeros with the shape, and by default the dtype, of another tensor. */
export const zerosLike: Like = (x, options) => zeros(x.shape, { dtype: x.dtype, ...options });

/** Ones with the shape, and by default the dtype, of another tensor. */
export const onesLike: Like = (x, options) => ones(x.shape, { dtype: x.dtype, ...options });

/** `value` everywhere, with the shape, and by default the dtype, of another tensor. */
export const fullLike = (x: Tensor, value: number, options?: DTypeOption): Tensor =>
  full(x.shape, value, { dtype: x.dtype, ...options });

/**
 * The numbers start, start + step, … below stop: `arange(stop)`, `arange(start, stop, step)`.
 *
 * @throws ArgumentError when step is 0 or a bound is not finite
 * @example
 * arange(1, 2, 0.25) // [1, 1.25, 1.5, 1.75]
 */
export function arange(stop: number, options?: DTypeOption): Tensor;
export function arange(start: number, stop: number, options?: DTypeOption): Tensor;
export function arange(
  start: number,
  stop: number | undefined,
  step: number,
  options?: DTypeOption,
): Tensor;
export function arange(
  start: number,
  ...rest: readonly (number | DTypeOption | undefined)[]
): Tensor {
  const { numbers, options } = withOptions(rest);
  const [end, step = 1] = numbers;
  const [from, to] = end === undefined ? [0, start] : [start, end];
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ArgumentError(
      `arange: expected finite bounds and a step other than 0; got ${from}, ${to}, ${step}`,
      { start: from, stop: to, step },
    );
  }
  const n = Math.max(0, Math.ceil((to - from) / step));
  return generate("arange", n, (i) => from + i * step, options);
}

/** Numbers, and the options that may follow them. */
function withOptions(rest: readonly (number | DTypeOption | undefined)[]): {
  readonly numbers: readonly (number | undefined)[];
  readonly options: DTypeOption;
} {
  const last = rest.at(-1);
  return typeof last === "object"
    ? { numbers: rest.slice(0, -1) as number[], options: last }
    : { numbers: rest as number[], options: {} };
}

/**
 * `count` evenly spaced numbers from start to stop, both included.
 *
 * @throws ArgumentError unless count is a non-negative integer
 * @example
 * linspace(0, 1, 5) // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(
  start: number,
  stop: number,
  count: number,
  options: DTypeOption = {},
): Tensor {
  checkCount("linspace", "count", count);
  const step = (stop - start) / (count - 1);
  return generate(
    "linspace",
    count,
    (i) => (i === 0 ? start : i === count - 1 ? stop : start + i * step),
    options,
  );
}

function generate(
  operation: string,
  n: number,
  f: (i: number) => number,
  { dtype = "f32" }: DTypeOption,
): Tensor {
  checkDType(operation, dtype);
  checkShape(operation, [n]);
  const array = allocate(dtype, n);
  for (let i = 0; i < n; i++) array[i] = representable(f(i), dtype);
  return wrap(array, [n], dtype);
}

/** Ones on the diagonal of an n × m matrix. @param m - default n */
export function eye(n: number, options?: DTypeOption): Tensor;
export function eye(n: number, m?: number, options?: DTypeOption): Tensor;
export function eye(n: number, ...rest: readonly (number | DTypeOption | undefined)[]): Tensor {
  const {
    numbers: [m = n],
    options,
  } = withOptions(rest);
  const { dtype = "f32" } = options;
  checkDType("eye", dtype);
  checkShape("eye", [n, m]);
  const array = allocate(dtype, n * m);
  for (let i = 0; i < Math.min(n, m); i++) array[i * m + i] = 1;
  return wrap(array, [n, m], dtype);
}
