import { DeviceError, stopGradient, type Tensor, tensor } from "@x/tensor";
import type { Cost, CostName } from "../costs/cost";
import { type Workspace, withWorkspace } from "../internal/workspace";
import { callPairs, padded, ROWS, streamingKernels } from "./kernels";

/** Smaller matrices are not worth the way to the kernels. */
const LEAST_PAIRS = 1024;
/** Beyond this dimension squared distances by a matrix product are faster. */
const MOST_COORDINATES = 16;
/** Costs in kernel memory at once: 4 MB. */
const BAND = 1 << 19;
/** Numbers of the costs in assembly/streaming/arguments.ts. */
const kinds: Partial<Record<CostName, number>> = { euclidean: 1, cityblock: 2, sqeuclidean: 6 };

/** Costs by a kernel that takes differences of coordinates; undefined where there is none, or nothing to gain. */
export function kernelCosts(x: Tensor, y: Tensor, cost: Cost): Tensor | undefined {
  const kind = typeof cost === "string" ? kinds[cost] : undefined;
  const [n = 0, d = 0] = x.shape;
  const m = y.shape[0] as number;
  if (kind === undefined || x.dtype !== "f64" || d === 0 || n * m < LEAST_PAIRS) return undefined;
  if (cost === "sqeuclidean" && d > MOST_COORDINATES) return undefined;
  // Derivatives and staging need operations of tensors.
  if (stopGradient(x) !== x || stopGradient(y) !== y) return undefined;
  const [first, second] = [x, y].map((z) => z.dataSync() as Float64Array);
  try {
    return withWorkspace(streamingKernels, (w) =>
      tensor(allCosts(w, kind, { x: first as Float64Array, y: second as Float64Array, n, m, d }), {
        ...{ shape: [n, m], copy: false },
      }),
    );
  } catch (error) {
    // Where WebAssembly is forbidden the operations of tensors still work.
    if (error instanceof DeviceError) return undefined;
    throw error;
  }
}

function allCosts(
  w: Workspace,
  kind: number,
  { x, y, n, m, d }: { x: Float64Array; y: Float64Array; n: number; m: number; d: number },
): Float64Array {
  const wide = padded(m);
  const columns = new Float64Array(wide * d);
  for (let j = 0; j < m; j++)
    for (let k = 0; k < d; k++) columns[k * wide + j] = y[j * d + k] as number;
  const band = Math.min(n, ROWS * Math.max(1, Math.floor(BAND / m / ROWS)));
  const points = w.place(x);
  const shared = {
    ...{ kind, d, columns: wide, columnPoints: w.place(columns), matrixColumns: m, count: 2 },
    ...{
      rowShifts: w.place(new Float64Array(band)),
      columnShifts: w.place(new Float64Array(wide)),
    },
    ...{ first: w.f64(band * m), parameter: 0 },
  };
  const out = new Float64Array(n * m);
  for (let from = 0; from < n; from += band) {
    const rows = Math.min(band, n - from);
    callPairs(w.kernels, "rows", { ...shared, rows, rowPoints: points + 8 * from * d });
    const { f64 } = w.kernels;
    out.set(f64.subarray(shared.first / 8, shared.first / 8 + rows * m), from * m);
  }
  return out;
}
