import type { DType, TypedArray } from "./dtype";
import { ArgumentError } from "./errors";
import { formatTensor } from "./format";
import { readElements } from "./internal/read";
import type { Storage } from "./internal/storage";
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
import { type Shape, sizeOf } from "./shape";
import { stopGradient } from "./transform/stop-gradient";

/** Numbers or booleans nested to any depth, or tensors to be stacked. */
export type NestedArray = number | boolean | Tensor | readonly NestedArray[];

/** What operations accept for a tensor. */
export type TensorLike = Tensor | NestedArray;

/** Nested plain arrays of a tensor's elements. */
export type Nested = number | boolean | Nested[];

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
 * it has a shape and a dtype as always, but its elements cannot be read.
 */
export class Tensor {
  /** Lengths of the axes. */
  readonly shape: Shape;
  /** Element type. */
  readonly dtype: DType;
  /** @internal */
  readonly concrete: Concrete | undefined;
  /** @internal */
  readonly tracer: Tracer | undefined;
  /**
   * Tells a tensor, also one of the package's other copy (ESM or CJS).
   *
   * @internal
   */
  readonly "@x/tensor/1" = true;

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

  /** @internal */
  static concrete(shape: Shape, dtype: DType, concrete: Concrete): Tensor {
    return new Tensor(shape, dtype, concrete, undefined);
  }

  /** @internal */
  static traced(shape: Shape, dtype: DType, tracer: Tracer): Tensor {
    return new Tensor(shape, dtype, undefined, tracer);
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
   * A new typed array with the elements in C order.
   *
   * @throws TraceError while the value is being traced
   */
  dataSync(): TypedArray {
    return readElements(this, "dataSync");
  }

  /** {@link Tensor.dataSync}, also for devices that cannot be waited for. */
  async data(): Promise<TypedArray> {
    return readElements(this, "data");
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

  /** Plain JSON: dtype, shape and elements in C order. */
  toJSON(): { dtype: DType; shape: Shape; data: number[] } {
    return { dtype: this.dtype, shape: this.shape, data: Array.from(this.dataSync()) };
  }

  /** Refuses `x + y`, `x > y` and the like, which JavaScript would turn into numbers or text. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new ArgumentError(
      "Tensor: operators do not work on tensors; use methods such as x.add(y) or x.greater(y), or x.item() for a number",
    );
  }

  add(y: TensorLike): Tensor {
    return arithmetic.add(this, y);
  }

  sub(y: TensorLike): Tensor {
    return arithmetic.sub(this, y);
  }

  mul(y: TensorLike): Tensor {
    return arithmetic.mul(this, y);
  }

  div(y: TensorLike): Tensor {
    return arithmetic.div(this, y);
  }

  floorDivide(y: TensorLike): Tensor {
    return arithmetic.floorDivide(this, y);
  }

  mod(y: TensorLike): Tensor {
    return arithmetic.mod(this, y);
  }

  pow(y: TensorLike): Tensor {
    return arithmetic.pow(this, y);
  }

  maximum(y: TensorLike): Tensor {
    return arithmetic.maximum(this, y);
  }

  minimum(y: TensorLike): Tensor {
    return arithmetic.minimum(this, y);
  }

  atan2(y: TensorLike): Tensor {
    return arithmetic.atan2(this, y);
  }

  neg(): Tensor {
    return arithmetic.neg(this);
  }

  abs(): Tensor {
    return arithmetic.abs(this);
  }

  sign(): Tensor {
    return arithmetic.sign(this);
  }

  square(): Tensor {
    return arithmetic.square(this);
  }

  reciprocal(): Tensor {
    return arithmetic.reciprocal(this);
  }

  clip(low: TensorLike | undefined, high: TensorLike | undefined): Tensor {
    return arithmetic.clip(this, low, high);
  }

  exp(): Tensor {
    return math.exp(this);
  }

  expm1(): Tensor {
    return math.expm1(this);
  }

  exp2(): Tensor {
    return math.exp2(this);
  }

  log(): Tensor {
    return math.log(this);
  }

  log1p(): Tensor {
    return math.log1p(this);
  }

  log2(): Tensor {
    return math.log2(this);
  }

  log10(): Tensor {
    return math.log10(this);
  }

  sqrt(): Tensor {
    return math.sqrt(this);
  }

  rsqrt(): Tensor {
    return math.rsqrt(this);
  }

  sin(): Tensor {
    return math.sin(this);
  }

  cos(): Tensor {
    return math.cos(this);
  }

  tan(): Tensor {
    return math.tan(this);
  }

  asin(): Tensor {
    return math.asin(this);
  }

  acos(): Tensor {
    return math.acos(this);
  }

  atan(): Tensor {
    return math.atan(this);
  }

  sinh(): Tensor {
    return math.sinh(this);
  }

  cosh(): Tensor {
    return math.cosh(this);
  }

  tanh(): Tensor {
    return math.tanh(this);
  }

  asinh(): Tensor {
    return math.asinh(this);
  }

  acosh(): Tensor {
    return math.acosh(this);
  }

  atanh(): Tensor {
    return math.atanh(this);
  }

  erf(): Tensor {
    return math.erf(this);
  }

  erfc(): Tensor {
    return math.erfc(this);
  }

  erfinv(): Tensor {
    return math.erfinv(this);
  }

  lgamma(): Tensor {
    return math.lgamma(this);
  }

  digamma(): Tensor {
    return math.digamma(this);
  }

  sigmoid(): Tensor {
    return math.sigmoid(this);
  }

  softplus(): Tensor {
    return math.softplus(this);
  }

  logSigmoid(): Tensor {
    return math.logSigmoid(this);
  }

  relu(): Tensor {
    return math.relu(this);
  }

  silu(): Tensor {
    return math.silu(this);
  }

  floor(): Tensor {
    return math.floor(this);
  }

  ceil(): Tensor {
    return math.ceil(this);
  }

  round(): Tensor {
    return math.round(this);
  }

  trunc(): Tensor {
    return math.trunc(this);
  }

  gelu(approximate?: boolean): Tensor {
    return math.gelu(this, approximate);
  }

  leakyRelu(slope?: number): Tensor {
    return math.leakyRelu(this, slope);
  }

  elu(alpha?: number): Tensor {
    return math.elu(this, alpha);
  }

  equal(y: TensorLike): Tensor {
    return compare.equal(this, y);
  }

  notEqual(y: TensorLike): Tensor {
    return compare.notEqual(this, y);
  }

  less(y: TensorLike): Tensor {
    return compare.less(this, y);
  }

  lessEqual(y: TensorLike): Tensor {
    return compare.lessEqual(this, y);
  }

  greater(y: TensorLike): Tensor {
    return compare.greater(this, y);
  }

  greaterEqual(y: TensorLike): Tensor {
    return compare.greaterEqual(this, y);
  }

  logicalAnd(y: TensorLike): Tensor {
    return compare.logicalAnd(this, y);
  }

  logicalOr(y: TensorLike): Tensor {
    return compare.logicalOr(this, y);
  }

  logicalXor(y: TensorLike): Tensor {
    return compare.logicalXor(this, y);
  }

  logicalNot(): Tensor {
    return compare.logicalNot(this);
  }

  isNan(): Tensor {
    return compare.isNan(this);
  }

  isFinite(): Tensor {
    return compare.isFinite(this);
  }

  isInf(): Tensor {
    return compare.isInf(this);
  }

  /** This tensor as a condition: x where it is true, otherwise y. */
  where(x: TensorLike, y: TensorLike): Tensor {
    return compare.where(this, x, y);
  }

  cast(dtype: DType): Tensor {
    return compare.cast(this, dtype);
  }

  sum(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.sum(this, axes, options);
  }

  mean(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.mean(this, axes, options);
  }

  prod(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.prod(this, axes, options);
  }

  max(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.max(this, axes, options);
  }

  min(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.min(this, axes, options);
  }

  any(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.any(this, axes, options);
  }

  all(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.all(this, axes, options);
  }

  logSumExp(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.logSumExp(this, axes, options);
  }

  variance(axes?: reduce.Axes, options?: reduce.VarianceOptions): Tensor {
    return reduce.variance(this, axes, options);
  }

  std(axes?: reduce.Axes, options?: reduce.VarianceOptions): Tensor {
    return reduce.std(this, axes, options);
  }

  norm(axes?: reduce.Axes, options?: reduce.NormOptions): Tensor {
    return reduce.norm(this, axes, options);
  }

  softmax(axis?: number): Tensor {
    return reduce.softmax(this, axis);
  }

  logSoftmax(axis?: number): Tensor {
    return reduce.logSoftmax(this, axis);
  }

  argmax(axis?: number, options?: reduce.ReduceOptions): Tensor {
    return reduce.argmax(this, axis, options);
  }

  argmin(axis?: number, options?: reduce.ReduceOptions): Tensor {
    return reduce.argmin(this, axis, options);
  }

  cumsum(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cumsum(this, axis, options);
  }

  cumprod(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cumprod(this, axis, options);
  }

  cummax(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cummax(this, axis, options);
  }

  cummin(axis?: number, options?: cumulative.CumulativeOptions): Tensor {
    return cumulative.cummin(this, axis, options);
  }

  matmul(y: TensorLike): Tensor {
    return matmul.matmul(this, y);
  }

  reshape(shape: Shape): Tensor {
    return shapeOps.reshape(this, shape);
  }

  ravel(): Tensor {
    return shapeOps.ravel(this);
  }

  transpose(order?: readonly number[]): Tensor {
    return shapeOps.transpose(this, order);
  }

  swapAxes(a: number, b: number): Tensor {
    return shapeOps.swapAxes(this, a, b);
  }

  moveAxis(from: number, to: number): Tensor {
    return shapeOps.moveAxis(this, from, to);
  }

  expandDims(axis: number): Tensor {
    return shapeOps.expandDims(this, axis);
  }

  squeeze(axes?: number | readonly number[]): Tensor {
    return shapeOps.squeeze(this, axes);
  }

  broadcastTo(shape: Shape): Tensor {
    return shapeOps.broadcastTo(this, shape);
  }

  split(parts: number | readonly number[], axis?: number): Tensor[] {
    return join.split(this, parts, axis);
  }

  tile(counts: readonly number[]): Tensor {
    return join.tile(this, counts);
  }

  repeat(count: number, axis?: number): Tensor {
    return join.repeat(this, count, axis);
  }

  flip(axes?: number | readonly number[]): Tensor {
    return shapeOps.flip(this, axes);
  }

  roll(shift: number, axis?: number): Tensor {
    return join.roll(this, shift, axis);
  }

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

  take(indices: TensorLike, axis?: number): Tensor {
    return take.take(this, indices, axis);
  }

  takeAlongAxis(indices: TensorLike, axis?: number): Tensor {
    return take.takeAlongAxis(this, indices, axis);
  }

  median(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return statistics.median(this, axes, options);
  }

  quantile(
    q: number | readonly number[],
    axes?: reduce.Axes,
    options?: reduce.ReduceOptions,
  ): Tensor {
    return statistics.quantile(this, q, axes, options);
  }

  triu(offset?: number): Tensor {
    return triangular.triu(this, offset);
  }

  tril(offset?: number): Tensor {
    return triangular.tril(this, offset);
  }

  diagonal(options?: triangular.DiagonalOptions): Tensor {
    return triangular.diagonal(this, options);
  }

  trace(options?: triangular.DiagonalOptions): Tensor {
    return triangular.trace(this, options);
  }

  sort(axis?: number, options?: sorting.SortOptions): Tensor {
    return sorting.sort(this, axis, options);
  }

  argsort(axis?: number, options?: sorting.SortOptions): Tensor {
    return sorting.argsort(this, axis, options);
  }

  topK(k: number): sorting.TopKResult {
    return sorting.topK(this, k);
  }

  stopGradient(): Tensor {
    return stopGradient(this);
  }
}

// What Node's console.log shows.
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value: Tensor.prototype.toString,
});
