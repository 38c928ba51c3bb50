import { ArgumentError, concat, type DType, type Tensor, tensor } from "@x/tensor";
import { checkBetween, checkSize, checkTensor, valuesOf } from "./internal/check";
import type { FloatDType } from "./types";

/** @throws ArgumentError unless features are a positive even number */
export function checkEven(operation: string, features: number): void {
  checkSize(operation, "features", features);
  if (features % 2 === 0) return;
  throw new ArgumentError(`${operation}: expected an even number of features; got ${features}`, {
    features,
  });
}

/** Options of {@link sinusoidal}. */
export interface SinusoidalOptions {
  /** Longest wavelength over 2π; default 10000. */
  readonly base?: number;
  /** Default "f32". */
  readonly dtype?: FloatDType;
}

/**
 * Table of sine and cosine positions, interleaved.
 *
 * PE(p, 2i) = sin(p / base^{2i/d}), PE(p, 2i + 1) = cos(p / base^{2i/d}).
 *
 * @param length - number of positions
 * @param features - d, even
 * @returns [length, features]
 * @throws ArgumentError when features are not even
 * @see Vaswani et al. 2017, §3.5
 * @example
 * x.add(sinusoidal(x.shape[1], x.shape[2]))
 */
export function sinusoidal(
  length: number,
  features: number,
  options: SinusoidalOptions = {},
): Tensor {
  const { base = 10000, dtype = "f32" } = options;
  checkSize("sinusoidal", "length", length);
  checkEven("sinusoidal", features);
  checkBetween("sinusoidal", "base", base, 1, Infinity);
  const table = new Float64Array(length * features);
  for (let p = 0; p < length; p++) {
    for (let i = 0; i < features; i += 2) {
      const angle = p * base ** (-i / features);
      table[p * features + i] = Math.sin(angle);
      table[p * features + i + 1] = Math.cos(angle);
    }
  }
  return tensor(table, { shape: [length, features] }).cast(dtype);
}

/** Options of {@link timeEmbedding}. */
export interface TimeEmbeddingOptions {
  /** Longest wavelength over 2π; default 10000. */
  readonly base?: number;
}

/**
 * Embedding of times, as in diffusion models: all sines, then all cosines.
 *
 * [sin(t ω_0), …, sin(t ω_{h−1}), cos(t ω_0), …], ω_k = base^{−k/h}, h = features / 2.
 *
 * @param t - times of any shape [...], any dtype
 * @param features - even
 * @returns [..., features] in the dtype of t, f32 for integers
 * @throws ArgumentError when features are not even
 * @see Ho, Jain & Abbeel 2020, appendix B
 * @example
 * timeEmbedding(tensor([0, 500, 999]), 64).shape // [3, 64]
 */
export function timeEmbedding(
  t: Tensor,
  features: number,
  options: TimeEmbeddingOptions = {},
): Tensor {
  const { base = 10000 } = options;
  checkTensor("timeEmbedding", t);
  checkEven("timeEmbedding", features);
  checkBetween("timeEmbedding", "base", base, 1, Infinity);
  const half = features / 2;
  const angles = anglesOf(
    t,
    Float64Array.from({ length: half }, (_, k) => base ** (-k / half)),
    t.dtype === "f64" ? "f64" : "f32",
  );
  return concat([angles.sin(), angles.cos()], -1);
}

/** Positions times frequencies, [..., h]. Known integers are multiplied in f64, as angles lose digits when large. */
export function anglesOf(positions: Tensor, frequencies: Float64Array, dtype: DType): Tensor {
  const shape = [...positions.shape, frequencies.length];
  const known = ["f32", "f64"].includes(positions.dtype) ? undefined : valuesOf(positions);
  if (known !== undefined) {
    const table = Array.from(known, (p) => Array.from(frequencies, (w) => reduced(p * w))).flat();
    return tensor(Float64Array.from(table), { shape }).cast(dtype);
  }
  const column = positions.cast(dtype).reshape([...positions.shape, 1]);
  return column.mul(tensor(frequencies).cast(dtype));
}

/** An angle without its whole turns. */
const reduced = (angle: number): number => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
