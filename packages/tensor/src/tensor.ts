import type { DType, TypedArray } from "./dtype";
import { ArgumentError } from "./errors";
import { formatTensor, numberHint } from "./format";
import { checkDevice, type Device, deviceOf } from "./internal/device";
import { readElements, readRemote } from "./internal/read";
import { type Storage, storageOf } from "./internal/storage";
import type { Tracer } from "./internal/trace";
import * as arithmetic from "./ops/arithmetic";
import * as compare from "./ops/compare";
import * as cumulative from "./ops/cumulative";
import * as indexing from "./ops/indexing";
import * as join from "./ops/join";
import * as math from "./ops/math";
import * as matmul from "./ops/matmul";
import * as padOps from "./ops/pad";
import * as reduce from "./ops/reduce";
import * as shapeOps from "./ops/shape-ops";
import * as sorting from "./ops/sorting";
import * as statistics from "./ops/statistics";
import * as take from "./ops/take";
import * as triangular from "./ops/triangular";
import { contiguousStrides, type Shape, sizeOf } from "./shape";
import { stopGradient } from "./transform/stop-gradient";

/** Numbers or booleans nested to any depth, or tensors to be stacked. */
export type NestedArray = number | boolean | Tensor | readonly NestedArray[];

/** What operations accept for a tensor. */
export type TensorLike = Tensor | NestedArray;

/** Nested plain arrays of a tensor's elements. */
export type Nested = number | boolean | Nested[];

/** A tensor as plain JSON. */
export interface TensorJSON {
  /** Element type. */
  readonly dtype: DType;
  /** Lengths of the axes. */
  readonly shape: Shape;
  /** The elements in C order; bool as 0 and 1. */
  readonly data: readonly number[];
}

/** Elements of a concrete tensor: a strided window on its storage. */
export interface Concrete {
  readonly storage: Storage;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** True for tensors, also those of another loaded copy of the package. */
export const isTensor = (x: unknown): x is Tensor =>
  typeof x === "object" && x !== null && (x as Partial<Tensor>)["@x/tensor/1"] === true;

/**
 * An immutable n-dimensional array.
 *
 * Every method is the function of the same name with this tensor as its first argument.
 * Inside `grad`, `vmap` and `jit` a tensor may stand for a value that is only being traced;
 * it has a shape and a dtype as always, but inside `vmap` and `jit` its elements cannot be read.
 */
export class Tensor {
  /** Lengths of the axes; not to be changed, as views share it. */
  readonly shape: Shape;
  /** Element type. */
  readonly dtype: DType;
  /**
   * Where the elements are.
   *
   * @internal
   */
  readonly concrete: Concrete | undefined;
  /**
   * What the tensor stands for while it is traced.
   *
   * @internal
   */
  readonly tracer: Tracer | undefined;
  private constructor(
    shape: Shape,
    dtype: DType,
    concrete: Concrete | undefined,
    tracer: Tracer | undefined,
  ) {
    this.shape = shape;
    this.dtype = dtype;
    this.concrete = concrete;
    this.tracer = tracer;
  }

  /**
   * A tensor with elements.
   *
   * @internal
   */
  static concrete(shape: Shape, dtype: DType, concrete: Concrete): Tensor {
    return new Tensor(shape, dtype, concrete, undefined);
  }

  /**
   * A tensor that stands for a value.
   *
   * @internal
   */
  static traced(shape: Shape, dtype: DType, tracer: Tracer): Tensor {
    return new Tensor(shape, dtype, undefined, tracer);
  }

  /**
   * Tells a tensor, also one of the package's other copy (ESM or CJS), but not a structured clone, which has no
   * methods.
   *
   * @internal
   */
  get "@x/tensor/1"(): true {
    return true;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The transpose of a matrix; all axes reversed in general. */
  get T(): Tensor {
    return shapeOps.transpose(this);
  }

  /**
   * A new typed array with the elements in C order: a Float32Array for f32, Float64Array for f64, Int32Array for
   * i32, Uint32Array for u32, Uint8Array for u8 and bool.
   *
   * @throws TraceError inside `jit` and `vmap`, where there are no values; inside `grad` alone there are
   */
  dataSync(): TypedArray {
    return readElements(this, "dataSync");
  }

  /** {@link Tensor.dataSync}, also for devices that cannot be waited for. */
  async data(): Promise<TypedArray> {
    return deviceOf(this) === undefined ? readElements(this, "data") : readRemote(this);
  }

  /** A copy of the tensor on a device, at once; or, when that has been computed, in the CPU's memory. */
  to(device: Device): Tensor;
  to(device: "cpu"): Promise<Tensor>;
  to(device: Device | "cpu"): Tensor | Promise<Tensor> {
    if (device !== "cpu") return checkDevice("to", device).put(this);
    return this.data().then((data) =>
      Tensor.concrete(this.shape, this.dtype, {
        storage: storageOf(this.dtype, data),
        offset: 0,
        strides: contiguousStrides(this.shape),
      }),
    );
  }

  /**
   * The only element as a number (0 or 1 for bool).
   *
   * @throws ArgumentError unless there is exactly one
   */
  item(): number {
    if (this.size !== 1) {
      throw new ArgumentError(
        `item: expected a tensor with one element; got shape [${this.shape.join(", ")}]; index it first`,
        { shape: this.shape },
      );
    }
    return readElements(this, "item")[0] as number;
  }

  /** The elements as nested plain arrays; booleans for bool. A scalar gives its value. */
  toArray(): Nested {
    const data = readElements(this, "toArray");
    let at = 0;
    const build = (axis: number): Nested => {
      if (axis === this.shape.length) {
        const v = data[at++] as number;
        return this.dtype === "bool" ? v !== 0 : v;
      }
      return Array.from({ length: this.shape[axis] as number }, () => build(axis + 1));
    };
    return build(0);
  }

  /** The elements in rows and columns, long axes shortened. */
  toString(): string {
    return formatTensor(this);
  }

  /**
   * Plain JSON, from which `tensor(data, { shape, dtype })` makes the tensor again. JSON text has `null` where
   * an element is NaN or infinite.
   */
  toJSON(): TensorJSON {
    return { dtype: this.dtype, shape: this.shape, data: Array.from(this.dataSync()) };
  }

  /** Refuses `x + y`, `x > y` and the like, which JavaScript would turn into numbers or text. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new ArgumentError(
      `Tensor: operators do not work on tensors; use methods such as x.add(y) or x.greater(y), x.item() for a number, String(x) for text${numberHint(this)}`,
    );
  }

  /** this + y, with broadcasting. */
  add(y: TensorLike): Tensor {
    return arithmetic.add(this, y);
  }

  /** this − y, with broadcasting. */
  sub(y: TensorLike): Tensor {
    return arithmetic.sub(this, y);
  }

  /** this · y, with broadcasting. */
  mul(y: TensorLike): Tensor {
    return arithmetic.mul(this, y);
  }

  /** this / y as floats, with broadcasting. */
  div(y: TensorLike): Tensor {
    return arithmetic.div(this, y);
  }

  /** ⌊this / y⌋, with broadcasting. */
  floorDivide(y: TensorLike): Tensor {
    return arithmetic.floorDivide(this, y);
  }

  /** Remainder with the sign of y, as in Python. */
  mod(y: TensorLike): Tensor {
    return arithmetic.mod(this, y);
  }

  /** this to the power of y; whole numbers y from 0 to 8 keep integers, others make floats. */
  pow(y: TensorLike): Tensor {
    return arithmetic.pow(this, y);
  }

  /** Larger of this and y, element by element; NaN wins. */
  maximum(y: TensorLike): Tensor {
    return arithmetic.maximum(this, y);
  }

  /** Smaller of this and y, element by element; NaN wins. */
  minimum(y: TensorLike): Tensor {
    return arithmetic.minimum(this, y);
  }

  /** Angle in radians, −π … π, of the point (y, this). */
  atan2(y: TensorLike): Tensor {
    return arithmetic.atan2(this, y);
  }

  /** −this. */
  neg(): Tensor {
    return arithmetic.neg(this);
  }

  /** Absolute value. */
  abs(): Tensor {
    return arithmetic.abs(this);
  }

  /** −1, 0 or 1; NaN stays NaN. */
  sign(): Tensor {
    return arithmetic.sign(this);
  }

  /** this². */
  square(): Tensor {
    return arithmetic.square(this);
  }

  /** 1 / this. */
  reciprocal(): Tensor {
    return arithmetic.reciprocal(this);
  }

  /** Limited to low … high; `undefined` is no bound. */
  clip(low: TensorLike | undefined, high: TensorLike | undefined): Tensor {
    return arithmetic.clip(this, low, high);
  }

  /** e to the power of this. */
  exp(): Tensor {
    return math.exp(this);
  }

  /** e to the power of this, minus 1; accurate near 0. */
  expm1(): Tensor {
    return math.expm1(this);
  }

  /** 2 to the power of this. */
  exp2(): Tensor {
    return math.exp2(this);
  }

  /** Natural logarithm. */
  log(): Tensor {
    return math.log(this);
  }

  /** log(1 + this), accurate near 0. */
  log1p(): Tensor {
    return math.log1p(this);
  }

  /** Logarithm to base 2. */
  log2(): Tensor {
    return math.log2(this);
  }

  /** Logarithm to base 10. */
  log10(): Tensor {
    return math.log10(this);
  }

  /** Square root. */
  sqrt(): Tensor {
    return math.sqrt(this);
  }

  /** 1 / √this. */
  rsqrt(): Tensor {
    return math.rsqrt(this);
  }

  /** Sine of angles in radians. */
  sin(): Tensor {
    return math.sin(this);
  }

  /** Cosine of angles in radians. */
  cos(): Tensor {
    return math.cos(this);
  }

  /** Tangent of angles in radians. */
  tan(): Tensor {
    return math.tan(this);
  }

  /** Inverse sine, radians. */
  asin(): Tensor {
    return math.asin(this);
  }

  /** Inverse cosine, radians. */
  acos(): Tensor {
    return math.acos(this);
  }

  /** Inverse tangent, radians. */
  atan(): Tensor {
    return math.atan(this);
  }

  /** Hyperbolic sine. */
  sinh(): Tensor {
    return math.sinh(this);
  }

  /** Hyperbolic cosine. */
  cosh(): Tensor {
    return math.cosh(this);
  }

  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return math.tanh(this);
  }

  /** Inverse hyperbolic sine. */
  asinh(): Tensor {
    return math.asinh(this);
  }

  /** Inverse hyperbolic cosine. */
  acosh(): Tensor {
    return math.acosh(this);
  }

  /** Inverse hyperbolic tangent. */
  atanh(): Tensor {
    return math.atanh(this);
  }

  /** Error function. */
  erf(): Tensor {
    return math.erf(this);
  }

  /** 1 − erf(this), accurate for large values. */
  erfc(): Tensor {
    return math.erfc(this);
  }

  /** Inverse of erf on (−1, 1). */
  erfinv(): Tensor {
    return math.erfinv(this);
  }

  /** log |Γ(this)|. */
  lgamma(): Tensor {
    return math.lgamma(this);
  }

  /** Derivative of log Γ. */
  digamma(): Tensor {
    return math.digamma(this);
  }

  /** 1 / (1 + e^−this), without overflow. */
  sigmoid(): Tensor {
    return math.sigmoid(this);
  }

  /** log(1 + e^this), without overflow. */
  softplus(): Tensor {
    return math.softplus(this);
  }

  /** log sigmoid(this), without underflow. */
  logSigmoid(): Tensor {
    return math.logSigmoid(this);
  }

  /** max(this, 0). */
  relu(): Tensor {
    return math.relu(this);
  }

  /** this · sigmoid(this). */
  silu(): Tensor {
    return math.silu(this);
  }

  /** Largest integer not above. */
  floor(): Tensor {
    return math.floor(this);
  }

  /** Smallest integer not below. */
  ceil(): Tensor {
    return math.ceil(this);
  }

  /** Nearest integer, halves to the even one. */
  round(): Tensor {
    return math.round(this);
  }

  /** Integer part. */
  trunc(): Tensor {
    return math.trunc(this);
  }

  /** this · Φ(this); with `approximate` by tanh instead of erf. */
  gelu(approximate?: boolean): Tensor {
    return math.gelu(this, approximate);
  }

  /** this where positive, otherwise slope · this; slope is 0.01 by default. */
  leakyRelu(slope?: number): Tensor {
    return math.leakyRelu(this, slope);
  }

  /** this where positive, otherwise alpha · (e^this − 1); alpha is 1 by default. */
  elu(alpha?: number): Tensor {
    return math.elu(this, alpha);
  }

  /** Which elements equal y. */
  equal(y: TensorLike): Tensor {
    return compare.equal(this, y);
  }

  /** Which elements differ from y. */
  notEqual(y: TensorLike): Tensor {
    return compare.notEqual(this, y);
  }

  /** Which elements are < y. */
  less(y: TensorLike): Tensor {
    return compare.less(this, y);
  }

  /** Which elements are ≤ y. */
  lessEqual(y: TensorLike): Tensor {
    return compare.lessEqual(this, y);
  }

  /** Which elements are > y. */
  greater(y: TensorLike): Tensor {
    return compare.greater(this, y);
  }

  /** Which elements are ≥ y. */
  greaterEqual(y: TensorLike): Tensor {
    return compare.greaterEqual(this, y);
  }

  /** this ∧ y on truth values. */
  logicalAnd(y: TensorLike): Tensor {
    return compare.logicalAnd(this, y);
  }

  /** this ∨ y on truth values. */
  logicalOr(y: TensorLike): Tensor {
    return compare.logicalOr(this, y);
  }

  /** Exactly one of this and y. */
  logicalXor(y: TensorLike): Tensor {
    return compare.logicalXor(this, y);
  }

  /** ¬this on truth values. */
  logicalNot(): Tensor {
    return compare.logicalNot(this);
  }

  /** Which elements are NaN. */
  isNan(): Tensor {
    return compare.isNan(this);
  }

  /** Which elements are neither NaN nor infinite. */
  isFinite(): Tensor {
    return compare.isFinite(this);
  }

  /** Which elements are +∞ or −∞. */
  isInf(): Tensor {
    return compare.isInf(this);
  }

  /** This tensor as a condition: x where it is true, otherwise y. */
  where(x: TensorLike, y: TensorLike): Tensor {
    return compare.where(this, x, y);
  }

  /** The same values with another dtype. */
  cast(dtype: DType): Tensor {
    return compare.cast(this, dtype);
  }

  /** Sum over axes, all by default. */
  sum(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.sum(this, axes, options);
  }

  /** Arithmetic mean over axes, all by default. */
  mean(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.mean(this, axes, options);
  }

  /** Product over axes, all by default. */
  prod(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.prod(this, axes, options);
  }

  /** Largest element over axes, all by default; NaN wins. */
  max(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.max(this, axes, options);
  }

  /** Smallest element over axes, all by default; NaN wins. */
  min(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.min(this, axes, options);
  }

  /** Whether any element is true (not 0). */
  any(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.any(this, axes, options);
  }

  /** Whether all elements are true (not 0). */
  all(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.all(this, axes, options);
  }

  /** log Σ e^this over axes, without overflow. */
  logSumExp(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.logSumExp(this, axes, options);
  }

  /** Mean squared distance from the mean; divisor n − ddof. */
  variance(axes?: reduce.Axes, options?: reduce.VarianceOptions): Tensor {
    return reduce.variance(this, axes, options);
  }

  /** Standard deviation. */
  std(axes?: reduce.Axes, options?: reduce.VarianceOptions): Tensor {
    return reduce.std(this, axes, options);
  }

  /** Vector norm over axes, Euclidean by default. */
  norm(axes?: reduce.Axes, options?: reduce.NormOptions): Tensor {
    return reduce.norm(this, axes, options);
  }

  /** e^this / Σ e^this along an axis, the last by default. */
  softmax(axis?: number): Tensor {
    return reduce.softmax(this, axis);
  }

  /** this − log Σ e^this along an axis, the last by default. */
  logSoftmax(axis?: number): Tensor {
    return reduce.logSoftmax(this, axis);
  }

  /** Index (i32) of the first largest element along an axis, or in the flattened tensor. */
  argmax(axis?: number, options?: reduce.ReduceOptions): Tensor {
    return reduce.argmax(this, axis, options);
  }

  /** Index (i32) of the first smallest element along an axis, or in the flattened tensor. */
  argmin(axis?: number, options?: reduce.ReduceOptions): Tensor {
    return reduce.argmin(this, axis, options);
  }

  /** Running sum along an axis, or of the flattened tensor. */
  cumsum(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cumsum(this, axis, options);
  }

  /** Running product along an axis, or of the flattened tensor. */
  cumprod(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cumprod(this, axis, options);
  }

  /** Running maximum along an axis, or of the flattened tensor. */
  cummax(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cummax(this, axis, options);
  }

  /** Running minimum along an axis, or of the flattened tensor. */
  cummin(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cummin(this, axis, options);
  }

  /** Matrix product over the last two axes; leading axes broadcast. */
  matmul(y: TensorLike): Tensor {
    return matmul.matmul(this, y);
  }

  /** The same elements in C order under another shape; one length may be −1. */
  reshape(shape: Shape): Tensor {
    return shapeOps.reshape(this, shape);
  }

  /** All elements along one axis. */
  ravel(): Tensor {
    return shapeOps.ravel(this);
  }

  /** Axes in another order, reversed by default. No copy. */
  transpose(order?: readonly number[]): Tensor {
    return shapeOps.transpose(this, order);
  }

  /** Two axes exchanged. No copy. */
  swapAxes(a: number, b: number): Tensor {
    return shapeOps.swapAxes(this, a, b);
  }

  /** One axis at another position. No copy. */
  moveAxis(from: number, to: number): Tensor {
    return shapeOps.moveAxis(this, from, to);
  }

  /** With a new axis of length 1. */
  expandDims(axis: number): Tensor {
    return shapeOps.expandDims(this, axis);
  }

  /** Without the given axes of length 1, without all of them by default. */
  squeeze(axes?: number | readonly number[]): Tensor {
    return shapeOps.squeeze(this, axes);
  }

  /** Repeated to a larger shape. No copy. */
  broadcastTo(shape: Shape): Tensor {
    return shapeOps.broadcastTo(this, shape);
  }

  /** Parts along an axis: a number of equal ones, or their lengths. */
  split(parts: number | readonly number[], axis?: number): Tensor[] {
    return join.split(this, parts, axis);
  }

  /** Repeated counts[i] times along axis i. */
  tile(counts: readonly number[]): Tensor {
    return join.tile(this, counts);
  }

  /** Each element repeated along an axis, or in the flattened tensor. */
  repeat(count: number, axis?: number): Tensor {
    return join.repeat(this, count, axis);
  }

  /** Order reversed along axes, all by default. No copy. */
  flip(axes?: number | readonly number[]): Tensor {
    return shapeOps.flip(this, axes);
  }

  /** Elements moved along an axis, re-entering at the other end. */
  roll(shift: number, axis?: number): Tensor {
    return join.roll(this, shift, axis);
  }

  /** With elements added around: one amount, or [before, after] for each axis. */
  pad(
    padding: number | readonly (number | readonly [number, number])[],
    options?: padOps.PadOptions,
  ): Tensor {
    return padOps.pad(this, padding, options);
  }

  /** Elements, ranges and selections: see {@link indexing.at}. */
  at(...indices: readonly indexing.Index[]): Tensor {
    return indexing.at(this, ...indices);
  }

  /** Elements at integer positions along an axis, the first by default. */
  take(indices: TensorLike, axis?: number): Tensor {
    return take.take(this, indices, axis);
  }

  /** One element for each index along an axis, the last by default. */
  takeAlongAxis(indices: TensorLike, axis?: number): Tensor {
    return take.takeAlongAxis(this, indices, axis);
  }

  /** Middle element over axes; NaN if any element is. */
  median(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return statistics.median(this, axes, options);
  }

  /** Quantiles over axes, interpolated linearly; NaN if any element is. */
  quantile(
    q: number | readonly number[],
    axes?: reduce.Axes,
    options?: reduce.ReduceOptions,
  ): Tensor {
    return statistics.quantile(this, q, axes, options);
  }

  /** The upper triangles of matrices; 0 below. */
  triu(offset?: number): Tensor {
    return triangular.triu(this, offset);
  }

  /** The lower triangles of matrices; 0 above. */
  tril(offset?: number): Tensor {
    return triangular.tril(this, offset);
  }

  /** The diagonals of matrices, along a new last axis. */
  diagonal(options?: triangular.DiagonalOptions): Tensor {
    return triangular.diagonal(this, options);
  }

  /** Sums of diagonals. */
  trace(options?: triangular.DiagonalOptions): Tensor {
    return triangular.trace(this, options);
  }

  /** In ascending order along an axis, the last by default; NaN last. */
  sort(axis?: number, options?: sorting.SortOptions): Tensor {
    return sorting.sort(this, axis, options);
  }

  /** Indices (i32) that sort along an axis, the last by default. */
  argsort(axis?: number, options?: sorting.SortOptions): Tensor {
    return sorting.argsort(this, axis, options);
  }

  /** The k largest elements of the last axis and their indices. */
  topK(k: number): sorting.TopKResult {
    return sorting.topK(this, k);
  }

  /** The same values, treated as constants by differentiation. */
  stopGradient(): Tensor {
    return stopGradient(this);
  }
}

// What Node's console.log shows.
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value: Tensor.prototype.toString,
});
