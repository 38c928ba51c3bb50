import { matmul, tensor, transpose } from "@x/tensor";
import { ArgumentBlock } from "@x/tensor/kernels";
import { type Workspace, withWorkspace } from "../internal/workspace";
import type { Clouds } from "./clouds";
import { columns, sliceBytes, slicedKernels, threadScratch } from "./kernels";

/** What to compute of each direction. */
export interface SliceRequest {
  readonly p: number;
  /** Whether projections are f32, otherwise f64. */
  readonly single?: boolean | undefined;
  /** Second moments of the projections of both clouds. */
  readonly moments?: boolean | undefined;
  /** Derivatives with respect to points. */
  readonly slopesX?: boolean | undefined;
  readonly slopesY?: boolean | undefined;
  /** Kantorovich potentials, the derivatives with respect to weights. */
  readonly potentials?: boolean | undefined;
  /** Costs of the one-dimensional plans between the points themselves. */
  readonly lifted?: boolean | undefined;
}

/** Results of the directions, in the clouds' unit and with weights of sum 1. */
export interface Slices {
  /** W_p^p, length L. */
  readonly values: Float64Array;
  /** Variances of X's, then of Y's projections, length 2L; empty unless asked for. */
  readonly moments: Float64Array;
  /** Σ_l g_l θ_lᵀ with g_l the derivative with respect to the projections, shape [n, d] and [m, d]. */
  readonly slopesX: Float64Array;
  readonly slopesY: Float64Array;
  /** Σ_l of the potentials, length n and m. */
  readonly potentialsX: Float64Array;
  readonly potentialsY: Float64Array;
  /** Length L. */
  readonly lifted: Float64Array;
}

/** Projections given instead of points: of X [L, n] and Y [L, m], with directions `first` … `first + count` − 1. */
export type Projections = (first: number, count: number) => readonly [Float64Array, Float64Array];

/** From this dimension on a matrix product projects faster than the kernel. */
const productDimension = 48;

/** Bytes of per-direction results and projections that are held at once. */
const batchBytes = 1 << 26;

/** θ_l · v. */
export function along(theta: Float64Array, v: Float64Array): Float64Array {
  const d = v.length;
  const out = new Float64Array(theta.length / d);
  for (let l = 0; l < out.length; l++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += (theta[l * d + k] as number) * (v[k] as number);
    out[l] = sum;
  }
  return out;
}

/** Projections by a matrix product. */
function products({ n, m, d, x, y }: Clouds, theta: Float64Array): Projections {
  const view = (data: Float64Array, rows: number) =>
    tensor(data, { shape: [rows, d], copy: false });
  const [xt, yt] = [transpose(view(x, n)), transpose(view(y, m))];
  return (first, count) => {
    const rows = view(theta.subarray(first * d, (first + count) * d), count);
    return [
      matmul(rows, xt).dataSync() as Float64Array,
      matmul(rows, yt).dataSync() as Float64Array,
    ];
  };
}

/** Sums over the directions of a batch are added to `out` [n, d]. */
function combine(
  { kernels, f64, readF64 }: Workspace,
  rows: number,
  n: number,
  count: number,
  theta: number,
  d: number,
  out: Float64Array,
): void {
  const sums = f64(n * d);
  kernels.f64.fill(0, sums / 8, sums / 8 + n * d);
  const block = Math.max(16, Math.min(512, 2 * Math.floor(8192 / d)));
  const args = new ArgumentBlock().i32(rows, n, count, theta, d, sums, block);
  kernels.call("combine", args.words, Math.ceil(n / block), count * n * d);
  const parts = readF64(sums, n * d);
  for (let k = 0; k < d; k++) {
    for (let i = 0; i < n; i++)
      out[i * d + k] = (out[i * d + k] as number) + (parts[k * n + i] as number);
  }
}

/** How directions are shared out among chunks, and the memory of these. */
function schedule(w: Workspace, clouds: Clouds, count: number, ordered: boolean) {
  const { n, m, d } = clouds;
  const bytes = sliceBytes(n, m, ordered);
  const each = (n + m) * ((ordered ? 16 : 8) + Math.min(d, productDimension) / 2) + 500;
  const nanoseconds = count * each;
  if (bytes <= threadScratch) {
    const per = Math.max(1, Math.floor(5e4 / each));
    return { per, chunks: Math.ceil(count / per), memory: 0, bytes: 0, nanoseconds };
  }
  const slots = Math.min(count, w.kernels.threads);
  const memory = w.f64((slots * bytes) / 8);
  return { per: Math.ceil(count / slots), chunks: slots, memory, bytes, nanoseconds };
}

/**
 * Compares two clouds along every direction.
 *
 * @param theta - directions, [L, d]
 * @param projections - takes the place of the clouds' own projections; there is no shift by `delta` then
 */
export function slices(
  clouds: Clouds,
  theta: Float64Array,
  request: SliceRequest,
  projections?: Projections,
): Slices {
  const { n, m, d } = clouds;
  const L = theta.length / d;
  const given =
    projections ??
    (d >= productDimension && request.lifted !== true ? products(clouds, theta) : undefined);
  const shifts = projections === undefined ? along(theta, clouds.delta) : new Float64Array(L);
  const part = (wanted: boolean | undefined, length: number): Float64Array =>
    new Float64Array(wanted === true ? length : 0);
  const out: Slices = {
    values: new Float64Array(L),
    moments: part(request.moments, 2 * L),
    slopesX: part(request.slopesX, n * d),
    slopesY: part(request.slopesY, m * d),
    potentialsX: part(request.potentials, n),
    potentialsY: part(request.potentials, m),
    lifted: part(request.lifted, L),
  };
  const perDirection =
    8 *
    ((given === undefined ? 0 : n + m) +
      (request.slopesX === true ? n : 0) +
      (request.slopesY === true ? m : 0) +
      (request.potentials === true ? n + m : 0));
  const batch = Math.max(1, Math.min(L, Math.floor(batchBytes / Math.max(1, perDirection))));
  for (let first = 0; first < L; first += batch) {
    const count = Math.min(batch, L - first);
    withWorkspace(slicedKernels, (w) =>
      runBatch(w, clouds, theta, shifts, request, given, first, count, out),
    );
  }
  return out;
}

function runBatch(
  w: Workspace,
  clouds: Clouds,
  theta: Float64Array,
  shifts: Float64Array,
  request: SliceRequest,
  given: Projections | undefined,
  first: number,
  count: number,
  out: Slices,
): void {
  const { n, m, d, a, b } = clouds;
  const single = request.single === true;
  const ordered =
    a !== undefined ||
    [request.slopesX, request.slopesY, request.potentials, request.lifted].includes(true);
  const cast = (values: Float64Array) => (single ? Float32Array.from(values) : values);
  const [x, y] =
    given === undefined
      ? [columns(clouds.x, n, d, single), columns(clouds.y, m, d, single)]
      : given(first, count).map(cast);
  const take = (wanted: boolean | undefined, length: number) =>
    wanted === true ? w.f64(length) : 0;
  const addresses = {
    x: w.place(x as Float64Array),
    y: w.place(y as Float64Array),
    theta: w.place(theta.slice(first * d, (first + count) * d)),
    shifts: w.place(shifts.slice(first, first + count)),
    a: a === undefined ? 0 : w.place(a),
    b: b === undefined ? 0 : w.place(b),
    values: w.f64(count),
    moments: take(request.moments, 2 * count),
    slopesX: take(request.slopesX, count * n),
    slopesY: take(request.slopesY, count * m),
    potentialsX: take(request.potentials, count * n),
    potentialsY: take(request.potentials, count * m),
    lifted: take(request.lifted, count),
  };
  const plan = schedule(w, clouds, count, ordered);
  const args = new ArgumentBlock()
    .i32(count, plan.per, given === undefined ? d : 0, n, m)
    .i32(addresses.x, addresses.y, addresses.theta, addresses.shifts, addresses.a, addresses.b)
    .i32(addresses.values, addresses.moments, addresses.slopesX, addresses.slopesY)
    .i32(addresses.potentialsX, addresses.potentialsY, addresses.lifted)
    .i32(plan.memory, plan.bytes, Number(single), Number(ordered))
    .f64(request.p)
    .i32(0, 0, 0, 0);
  w.kernels.call("slice", args.words, plan.chunks, plan.nanoseconds);
  out.values.set(w.readF64(addresses.values, count), first);
  if (request.lifted === true) out.lifted.set(w.readF64(addresses.lifted, count), first);
  if (request.moments === true) {
    const moments = w.readF64(addresses.moments, 2 * count);
    out.moments.set(moments.subarray(0, count), first);
    out.moments.set(moments.subarray(count), theta.length / d + first);
  }
  if (request.slopesX === true)
    combine(w, addresses.slopesX, n, count, addresses.theta, d, out.slopesX);
  if (request.slopesY === true)
    combine(w, addresses.slopesY, m, count, addresses.theta, d, out.slopesY);
  if (request.potentials === true) {
    const ones = w.place(new Float64Array(count).fill(1));
    combine(w, addresses.potentialsX, n, count, ones, 1, out.potentialsX);
    combine(w, addresses.potentialsY, m, count, ones, 1, out.potentialsY);
  }
}
