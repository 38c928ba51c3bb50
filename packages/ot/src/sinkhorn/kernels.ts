import { type KernelModule, kernelModule } from "@x/tensor/kernels";
import { sinkhornWasm } from "../generated/sinkhorn";

/** The kernels of dense entropic transport. */
export const sinkhornKernels: () => KernelModule = /* @__PURE__ */ kernelModule(
  "@x/ot/sinkhorn/1",
  sinkhornWasm,
);

/** How a matrix lies in the kernels' memory: row stride, padded number of rows, and how its rows are cut into chunks. */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  /** Rows with padding. */
  readonly height: number;
  /** Columns with padding. */
  readonly stride: number;
  readonly rowsPerChunk: number;
  readonly chunks: number;
}

/** Entries that one chunk works on: some 50 µs of a pass over the matrix. */
const CHUNK_ENTRIES = 1 << 17;

const roundUp = (x: number, unit: number): number => Math.ceil(x / unit) * unit;

/** Chunks by the size of the matrix alone; not so many that their partial column sums weigh. */
export function layoutOf(rows: number, columns: number): Layout {
  const [height, stride] = [roundUp(rows, 4), roundUp(columns, 4)];
  const rowsPerChunk = Math.max(64, roundUp(Math.ceil(CHUNK_ENTRIES / stride), 4));
  return {
    rows,
    columns,
    height,
    stride,
    rowsPerChunk,
    chunks: Math.ceil(height / rowsPerChunk),
  };
}
