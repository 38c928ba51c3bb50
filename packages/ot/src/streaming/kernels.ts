import { type KernelModule, kernelModule } from "@x/tensor/kernels";
import { streamingWasm } from "../generated/streaming";

/** The kernels that work on pairs of points tile by tile. */
export const streamingKernels: () => KernelModule = /* @__PURE__ */ kernelModule(
  "@x/ot/streaming/1",
  streamingWasm,
);

/** Columns of a tile; see assembly/streaming/arguments.ts. */
export const TILE = 64;
/** Rows of a block. */
export const ROWS = 4;
/** Most columns that {@link Pairs.iterate} can keep one row of in a thread's scratch memory of 1 MiB. */
export const MOST_COLUMNS: number = ((1 << 20) - 16384) / 8;
/** Rough time of one pair on one thread. */
const PAIR_NANOSECONDS = 3;
const MOST_CHUNKS = 32;
const LEAST_PAIRS = 1 << 15;

/** The next multiple of a tile. */
export const padded = (n: number): number => Math.ceil(n / TILE) * TILE;

/** How rows are cut into chunks: by the size of the work alone. */
export function chunksOf(rows: number, columns: number): { perChunk: number; chunks: number } {
  const least = Math.max(rows / MOST_CHUNKS, LEAST_PAIRS / columns);
  const perChunk = ROWS * Math.ceil(least / ROWS);
  return { perChunk, chunks: Math.ceil(rows / perChunk) };
}

/** The arguments of a kernel; addresses, where nothing else is said. See assembly/streaming/arguments.ts. */
export interface PairArguments {
  readonly kind: number;
  readonly d: number;
  /** Number of rows, and of columns with those that fill the last tile. */
  readonly rows: number;
  readonly columns: number;
  readonly rowPoints: number;
  readonly columnPoints: number;
  readonly rowShifts: number;
  readonly columnShifts: number;
  readonly bounds?: number;
  readonly tops?: number;
  readonly first: number;
  readonly second?: number;
  readonly extra?: number;
  readonly count?: number;
  readonly matrixColumns?: number;
  /** Plain number: order of the norm, or factor of the matrix. */
  readonly parameter: number;
  readonly omega?: number;
  readonly negligible?: number;
}

const pair = new DataView(new ArrayBuffer(8));

/** The two words of a double. */
function wordsOf(value: number): [number, number] {
  pair.setFloat64(0, value, true);
  return [pair.getInt32(0, true), pair.getInt32(4, true)];
}

/** Runs a kernel over all rows. */
export function callPairs(kernels: KernelModule, name: string, a: PairArguments): void {
  const { perChunk, chunks } = chunksOf(a.rows, a.columns);
  const words = [
    ...[a.kind, a.d, a.rows, a.columns, perChunk],
    ...[a.rowPoints, a.columnPoints, a.rowShifts, a.columnShifts],
    ...[a.bounds ?? 0, a.tops ?? 0, a.first, a.second ?? 0, a.extra ?? 0],
    ...[a.count ?? 0, a.matrixColumns ?? 0],
    ...wordsOf(a.parameter),
    ...wordsOf(a.omega ?? 1),
    ...wordsOf(a.negligible ?? -Infinity),
  ];
  kernels.call(name, words, chunks, PAIR_NANOSECONDS * a.rows * a.columns);
}
