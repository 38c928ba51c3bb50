import { ArgumentBlock } from "@x/tensor/kernels";
import { withWorkspace } from "../internal/workspace";
import type { Clouds } from "./clouds";
import { columns, sliceBytes, slicedKernels, threadScratch } from "./kernels";

/** Entries of a plan, of total mass 1. */
export interface PlanEntries {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** The optimal plan between projections on one direction: at most n + m − 1 entries, in the order of the line. */
export function linePlan(clouds: Clouds, theta: Float64Array, p: number): PlanEntries {
  const { n, m, d, a, b } = clouds;
  return withWorkspace(slicedKernels, (w) => {
    const cells = n + m - 1;
    const bytes = sliceBytes(n, m, true);
    const memory = bytes <= threadScratch ? 0 : w.f64(bytes / 8);
    const [mass, rows, cols, count] = [w.f64(cells), w.i32(cells), w.i32(cells), w.i32(1)] as const;
    const args = new ArgumentBlock()
      .i32(1, 1, d, n, m)
      .i32(w.place(columns(clouds.x, n, d, false)), w.place(columns(clouds.y, m, d, false)))
      .i32(w.place(theta), 0, a === undefined ? 0 : w.place(a), b === undefined ? 0 : w.place(b))
      .i32(w.f64(1), 0, 0, 0, 0, 0, 0, memory, bytes, 0, 1)
      .f64(p)
      .i32(mass, rows, cols, count);
    w.kernels.call("slice", args.words);
    const used = w.readI32(count, 1)[0] as number;
    return {
      rows: w.readI32(rows, used),
      columns: w.readI32(cols, used),
      values: w.readF64(mass, used),
    };
  });
}

/** The plan in the order of rows, then columns; entries at the same place are added. */
export function gatherEntries(
  parts: readonly PlanEntries[],
  m: number,
  scale: number,
): PlanEntries {
  const mass = new Map<number, number>();
  for (const { rows, columns: cols, values } of parts) {
    values.forEach((value, k) => {
      const at = (rows[k] as number) * m + (cols[k] as number);
      mass.set(at, (mass.get(at) ?? 0) + scale * value);
    });
  }
  const places = Float64Array.from(mass.keys()).sort();
  return {
    rows: Int32Array.from(places, (at) => Math.floor(at / m)),
    columns: Int32Array.from(places, (at) => at % m),
    values: Float64Array.from(places, (at) => mass.get(at) as number),
  };
}
