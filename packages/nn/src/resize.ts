import { ArgumentError, ShapeError, type Tensor, take, tensor } from "@x/tensor";
import { checkSize, checkTensor } from "./internal/check";

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** "nearest" (default) takes an element, "linear" mixes neighbours along every axis. */
  readonly method?: "nearest" | "linear";
  /** With "linear", map the first and last elements to one another instead of the borders; default false. */
  readonly alignCorners?: boolean;
}

/**
 * Changes the spatial lengths of images by interpolation.
 *
 * Linear: output i lies at (i + ½) n / m − ½ of the input (half-pixel), or at i (n − 1) / (m − 1) with aligned
 * corners. Nearest: ⌊i n / m⌋.
 *
 * @param x - [batch, channels, …spatial]
 * @param size - new lengths, one for each spatial axis, or one for all
 * @returns [batch, channels, …size]
 * @throws ShapeError when the lengths do not fit the axes
 * @throws ArgumentError when the method is unknown, or a length not a positive integer
 * @example
 * resize(ones([1, 3, 8, 8]), 16).shape // [1, 3, 16, 16]
 */
export function resize(
  x: Tensor,
  size: number | readonly number[],
  options: ResizeOptions = {},
): Tensor {
  const { method = "nearest", alignCorners = false } = options;
  checkTensor("resize", x);
  const spatial = x.shape.length - 2;
  const lengths =
    typeof size === "number" ? new Array<number>(Math.max(0, spatial)).fill(size) : size;
  if (spatial < 1 || lengths.length !== spatial || x.size === 0) {
    throw new ShapeError(
      `resize: expected images [batch, channels, …spatial] with elements and a length for each spatial axis; got shape [${x.shape.join(", ")}] and ${JSON.stringify(size)}`,
      { shape: x.shape, size },
    );
  }
  for (const n of lengths) checkSize("resize", "size", n);
  if (method !== "nearest" && method !== "linear") {
    throw new ArgumentError(
      `resize: expected method "nearest" or "linear"; got ${JSON.stringify(method)}`,
      { method },
    );
  }
  const along = method === "nearest" ? nearest : linear;
  return lengths.reduce(
    (y, m, i) => (y.shape[i + 2] === m ? y : along(y, i + 2, m, alignCorners)),
    x,
  );
}

const indices = (values: readonly number[]): Tensor => tensor(Int32Array.from(values));

const outputs = (m: number): number[] => Array.from({ length: m }, (_, i) => i);

function nearest(x: Tensor, axis: number, m: number): Tensor {
  const n = x.shape[axis] as number;
  if (m % n === 0) return repeated(x, axis, m / n);
  return take(x, indices(outputs(m).map((i) => Math.floor((i * n) / m))), axis);
}

/** Every element `count` times: a broadcast, whose gradient is a sum and not a scatter. */
function repeated(x: Tensor, axis: number, count: number): Tensor {
  const wide = x.shape.flatMap((n, i) => (i === axis ? [n, count] : [n]));
  const final = x.shape.map((n, i) => (i === axis ? n * count : n));
  return x
    .expandDims(axis + 1)
    .broadcastTo(wide)
    .reshape(final);
}

function linear(x: Tensor, axis: number, m: number, alignCorners: boolean): Tensor {
  const n = x.shape[axis] as number;
  const at = outputs(m).map((i) =>
    alignCorners ? (i * (n - 1)) / Math.max(1, m - 1) : ((i + 0.5) * n) / m - 0.5,
  );
  const inside = at.map((p) => Math.min(n - 1, Math.max(0, p)));
  const low = inside.map((p) => Math.floor(p));
  const share = tensor(
    inside.map((p, i) => p - (low[i] as number)),
    { dtype: x.dtype === "f64" ? "f64" : "f32" },
  ).reshape(x.shape.map((_, i) => (i === axis ? m : 1)));
  const from = take(x, indices(low), axis);
  const to = take(x, indices(low.map((i) => Math.min(n - 1, i + 1))), axis);
  return from.add(to.sub(from).mul(share));
}
