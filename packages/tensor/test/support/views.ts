import fc from "fast-check";
import { allocate, type DType } from "../../src/dtype";
import { storageOf } from "../../src/internal/storage";
import { threefry2x32 } from "../../src/internal/threefry";
import { sizeOf } from "../../src/shape";
import { Tensor } from "../../src/tensor";

/** How the elements of a tensor lie in memory. */
interface Layout {
  /** Axes from slowest to fastest. */
  readonly order: readonly number[];
  /** Step between used elements of each axis, negative for a reversed axis, 0 for a repeated one. */
  readonly steps: readonly number[];
}

/** Walks the indices of a shape in C order. */
export function* indicesOf(shape: readonly number[]): Generator<number[]> {
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    let rest = flat;
    const index = new Array<number>(shape.length);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % (shape[axis] as number);
      rest = Math.floor(rest / (shape[axis] as number));
    }
    yield index;
  }
}

/** A tensor with the given values in C order, laid out as told; gaps hold 99. */
function strided(
  dtype: DType,
  shape: readonly number[],
  values: ArrayLike<number>,
  { order, steps }: Layout,
): Tensor {
  const strides = shape.map(() => 0);
  let extent = 1;
  let offset = 0;
  for (const axis of [...order].reverse()) {
    const [n, step] = [shape[axis] as number, steps[axis] as number];
    strides[axis] = extent * step;
    if (step < 0) offset -= extent * step * Math.max(0, n - 1);
    if (step !== 0) extent *= Math.max(1, n * Math.abs(step));
  }
  const array = allocate(dtype, extent).fill(dtype === "bool" ? 1 : 99);
  let at = 0;
  for (const index of indicesOf(shape)) {
    const place = index.reduce((p, i, axis) => p + i * (strides[axis] as number), offset);
    array[place] = values[at++] as number;
  }
  return Tensor.concrete(shape, dtype, { storage: storageOf(dtype, array), offset, strides });
}

/** A tensor of random layout together with its values in C order. */
export interface Sample {
  readonly x: Tensor;
  readonly values: readonly number[];
}

/** Tensors of a dtype and shape with every kind of layout: transposed, strided, reversed, repeated. */
export function samples(
  dtype: DType,
  shape: readonly number[],
  element: fc.Arbitrary<number>,
): fc.Arbitrary<Sample> {
  const [rank, size] = [shape.length, sizeOf(shape)];
  const each = { minLength: rank, maxLength: rank };
  return fc
    .record({
      values: fc.array(element, { minLength: size, maxLength: size, size: "max" }),
      order: fc.shuffledSubarray([...shape.keys()], each),
      steps: fc.array(fc.constantFrom(1, 1, 1, 2, -1, -2, 0), each),
      plain: fc.boolean(),
    })
    .map(({ values, order, steps, plain }) => {
      const layout = plain
        ? { order: [...shape.keys()], steps: shape.map(() => 1) }
        : { order, steps };
      const x = strided(dtype, shape, values, layout);
      // Along a repeated axis the last value written stays.
      return { x, values: plain ? values : lastWritten(values, shape, layout.steps) };
    });
}

function lastWritten(
  values: readonly number[],
  shape: readonly number[],
  steps: readonly number[],
): number[] {
  const flatOf = (index: readonly number[]): number =>
    index.reduce((at, i, axis) => at * (shape[axis] as number) + i, 0);
  return [...indicesOf(shape)].map((index) => {
    const source = index.map((i, axis) => (steps[axis] === 0 ? (shape[axis] as number) - 1 : i));
    return values[flatOf(source)] as number;
  });
}

/** Shapes of up to `rank` axes, some of them of length 0 or 1. */
export const shapes = (rank = 3, longest = 4): fc.Arbitrary<number[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: longest }) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1) },
    ),
    { maxLength: rank },
  );

/** Numbers that a dtype holds exactly, with ties and extremes; for floats also NaN and infinities. */
export function elements(dtype: DType): fc.Arbitrary<number> {
  if (dtype === "bool") return fc.constantFrom(0, 1);
  if (dtype === "u8") return fc.integer({ min: 0, max: 255 });
  const small = fc.integer({ min: dtype === "u32" ? 0 : -9, max: 9 });
  if (dtype === "i32") return fc.oneof(small, small, fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
  if (dtype === "u32") return fc.oneof(small, small, fc.constantFrom(2 ** 32 - 1, 2 ** 31));
  const halves = small.map((v) => v / 2);
  return fc.oneof(
    { weight: 8, arbitrary: halves },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, -0) },
  );
}

/** Small whole numbers, of which sums and products are exact in any order. */
export const wholes = (dtype: DType): fc.Arbitrary<number> =>
  dtype === "bool"
    ? fc.constantFrom(0, 1)
    : fc.integer({ min: dtype === "u8" || dtype === "u32" ? 0 : -4, max: 4 });

/** Reproducible tensors of random values and layouts. */
export class Source {
  readonly #seed: number;
  #counter = 0;
  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /** Uniform on [0, 1). */
  next(): number {
    return threefry2x32(this.#seed, 17, this.#counter++, 0)[0] / 2 ** 32;
  }

  /** An integer from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** f64 values between low and high. */
  uniform(shape: readonly number[], low = -2, high = 2): Tensor {
    const values = Array.from({ length: sizeOf(shape) }, () => low + (high - low) * this.next());
    return this.#laidOut("f64", shape, values);
  }

  /** f64 values of either sign whose sizes lie between low and high. */
  signed(shape: readonly number[], low: number, high: number): Tensor {
    const values = Array.from({ length: sizeOf(shape) }, () => {
      const size = low + (high - low) * this.next();
      return this.below(2) === 0 ? size : -size;
    });
    return this.#laidOut("f64", shape, values);
  }

  /** Values in random order, at least 0.02 apart from each other, from 0 and from their negatives. */
  distinct(shape: readonly number[]): Tensor {
    const values = this.permutation(sizeOf(shape)).map((i) => (i - sizeOf(shape) / 2) * 0.1 + 0.03);
    return this.#laidOut("f64", shape, values);
  }

  /** 0 … n − 1 in random order. */
  permutation(n: number): number[] {
    const list = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j] as number, list[i] as number];
    }
    return list;
  }

  /** i32 values from `low` to `high` − 1. */
  integers(shape: readonly number[], low: number, high: number): Tensor {
    const values = Array.from({ length: sizeOf(shape) }, () => low + this.below(high - low));
    return this.#laidOut("i32", shape, values);
  }

  /** Truth values. */
  booleans(shape: readonly number[]): Tensor {
    const values = Array.from({ length: sizeOf(shape) }, () => this.below(2));
    return this.#laidOut("bool", shape, values);
  }

  #laidOut(dtype: DType, shape: readonly number[], values: readonly number[]): Tensor {
    const order = this.permutation(shape.length);
    const steps = shape.map(() => [1, 1, -1, 2][this.below(4)] as number);
    return strided(dtype, shape, values, { order, steps });
  }
}
