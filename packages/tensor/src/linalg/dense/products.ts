import { dotLowering } from "../../cpu/lower/dot";
import { cpuRuntime } from "../../cpu/runtime";
import type { View } from "../../cpu/view";

/** A rectangle of a row-major matrix in an ordinary array. */
export interface Block {
  readonly data: Float64Array;
  /** Place of its first element. */
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  /** Elements from one row to the next. */
  readonly stride: number;
  /** The transpose is meant; rows and columns are those that lie in the array. */
  readonly transposed?: boolean;
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Argument blocks are far shorter. */
const argumentBytes = 4096;

/** Below so many multiplications it takes longer to copy the operands than to multiply. */
const kernelWork = 30_000;

/**
 * Products of blocks by the CPU's matrix kernels, for algorithms that work block by block.
 *
 * Host functions run between the steps of a compiled program, so their operands get memory of their own.
 * Results have the same bits for any number of threads.
 */
export class Products {
  #pointer = 0;
  #bytes = 0;
  #small: Float64Array = new Float64Array(0);

  /**
   * The product of two blocks, row-major, in memory that the next product overwrites.
   */
  multiply(a: Block, b: Block): Float64Array {
    const [m, k] = a.transposed ? [a.columns, a.rows] : [a.rows, a.columns];
    const n = b.transposed ? b.rows : b.columns;
    return m * n * k < kernelWork || Math.min(m, n, k) < 4
      ? this.#loop(a, b, m, k, n)
      : this.#kernel(a, b, m, k, n);
  }

  /** target −= a · b, for a target of the product's shape. */
  subtract(target: Block, a: Block, b: Block): void {
    const product = this.multiply(a, b);
    const { data, offset, rows, columns, stride } = target;
    for (let i = 0, p = 0; i < rows; i++) {
      const row = offset + i * stride;
      for (let j = row; j < row + columns; j++)
        data[j] = (data[j] as number) - (product[p++] as number);
    }
  }

  /** Gives the memory back. */
  dispose(): void {
    if (this.#bytes > 0) cpuRuntime().heap.free(this.#pointer);
    this.#bytes = 0;
  }

  #kernel(a: Block, b: Block, m: number, k: number, n: number): Float64Array {
    const runtime = cpuRuntime();
    const view = (shape: number[], strides: number[], pointer = 0): View => ({
      pointer,
      dtype: "f64",
      shape,
      strides,
    });
    const sizing = [
      view([m, k], a.transposed ? [1, m] : [k, 1]),
      view([k, n], b.transposed ? [1, k] : [n, 1]),
    ];
    const out = view([m, n], [n, 1]);
    const scratchBytes = dotLowering.scratch?.(sizing, [out], {}) ?? 0;
    const parts = [argumentBytes, m * k * 8, k * n * 8, m * n * 8, scratchBytes].map(align);
    this.#reserve(parts.reduce((s, p) => s + p, 0));
    let at = this.#pointer;
    const [args, pa, pb, pc, scratch] = parts.map((bytes) => {
      at += bytes;
      return at - bytes;
    }) as [number, number, number, number, number];
    const heap = runtime.heap.f64;
    copyIn(heap, pa / 8, a);
    copyIn(heap, pb / 8, b);
    const launches = dotLowering.launch(
      [
        { ...(sizing[0] as View), pointer: pa },
        { ...(sizing[1] as View), pointer: pb },
      ],
      [{ ...out, pointer: pc }],
      {},
      scratch,
    );
    for (const launch of launches) {
      runtime.write(launch.args, args);
      runtime.call(runtime.kernelIndex(launch.kernel), args, launch.chunks, launch.nanoseconds);
    }
    return heap.subarray(pc / 8, pc / 8 + m * n);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes) return;
    const { heap } = cpuRuntime();
    this.dispose();
    this.#pointer = heap.allocate(bytes);
    this.#bytes = bytes;
  }

  #loop(a: Block, b: Block, m: number, k: number, n: number): Float64Array {
    if (this.#small.length < m * n) this.#small = new Float64Array(m * n);
    const out = this.#small.subarray(0, m * n).fill(0);
    const [aRow, aColumn] = a.transposed ? [1, a.stride] : [a.stride, 1];
    const [bRow, bColumn] = b.transposed ? [1, b.stride] : [b.stride, 1];
    for (let i = 0; i < m; i++) {
      for (let p = 0; p < k; p++) {
        const factor = a.data[a.offset + i * aRow + p * aColumn] as number;
        let from = b.offset + p * bRow;
        for (let j = i * n; j < (i + 1) * n; j++, from += bColumn) {
          out[j] = (out[j] as number) + factor * (b.data[from] as number);
        }
      }
    }
    return out;
  }
}

function copyIn(
  heap: Float64Array,
  at: number,
  { data, offset, rows, columns, stride }: Block,
): void {
  if (stride === columns) {
    heap.set(data.subarray(offset, offset + rows * columns), at);
    return;
  }
  for (let i = 0; i < rows; i++) {
    const from = offset + i * stride;
    heap.set(data.subarray(from, from + columns), at + i * columns);
  }
}

/** Runs a block algorithm and gives its memory back. */
export function withProducts<T>(body: (products: Products) => T): T {
  const products = new Products();
  try {
    return body(products);
  } finally {
    products.dispose();
  }
}
