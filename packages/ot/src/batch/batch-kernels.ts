import { ArgumentBlock, type KernelModule, kernelModule } from "@x/tensor/kernels";
import { batchWasm } from "../generated/batch";
import type { Workspace } from "../internal/workspace";

/** Kernels in which a chunk is a whole problem. */
export const batchKernels: () => KernelModule = /* @__PURE__ */ kernelModule(
  "@x/ot/batch/1",
  batchWasm,
);

/** Rough time of one pair in one iteration. */
const PAIR_NANOSECONDS = 1;

/** Problems of one shape, one after another. */
export interface BatchProblem {
  readonly size: number;
  readonly n: number;
  readonly m: number;
  /** [size, n, m], [size, n], [size, m]. */
  readonly costs: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** ε of each problem. */
  readonly eps: Float64Array;
}

/** Problems in kernel memory. */
export interface PlacedBatch {
  /** Runs `steps` iterations of some problems with their ω; the errors before each, −1 where one is not known. */
  iterate(
    active: Int32Array,
    omega: Float64Array,
    steps: number,
  ): (problem: number) => Float64Array;
  /** f and g in units of the costs. */
  potentials(): { readonly f: Float64Array; readonly g: Float64Array };
}

/** Puts problems into memory; `g` are potentials to start from. */
export function placeBatch(
  w: Workspace,
  { size, n, m, costs, a, b, eps }: BatchProblem,
  g: Float64Array,
  steps: number,
): PlacedBatch {
  const unit = (k: number): number => (eps[k] as number) * Math.LN2;
  const at = {
    ...{ C: w.place(costs), K: w.f64(costs.length), a: w.place(a), b: w.place(b) },
    ...{ logA: w.place(a.map(Math.log2)), logB: w.place(b.map(Math.log2)) },
    ...{ u: w.f64(size * n), v: w.place(g.map((x, k) => x / unit(Math.floor(k / m)))) },
    ...{ x: w.f64(size * n), y: w.f64(size * m), sums: w.f64(size * m) },
    ...{ eta: w.place(eps.map((e) => 1 / (e * Math.LN2))), omega: w.f64(size) },
    ...{ errors: w.f64(size * steps), started: w.place(new Int32Array(size)), active: w.i32(size) },
  };
  w.kernels.f64.fill(1, at.x / 8, at.x / 8 + size * n);
  w.kernels.f64.fill(1, at.y / 8, at.y / 8 + size * m);
  const call = (active: Int32Array, count: number): void => {
    w.kernels.i32.set(active, at.active / 4);
    const words = new ArgumentBlock()
      .i32(size, n, m, count, at.active, at.C, at.K, at.a, at.b, at.logA, at.logB)
      .i32(at.u, at.v, at.x, at.y, at.sums, at.eta, at.omega, at.errors, at.started).words;
    const nanoseconds = PAIR_NANOSECONDS * active.length * n * m * Math.max(count, 1);
    w.kernels.call("iterate", words, active.length, nanoseconds);
  };
  return {
    iterate(active, omega, count) {
      w.kernels.f64.set(omega, at.omega / 8);
      call(active, count);
      return (k) => w.readF64(at.errors + 8 * k * count, count);
    },
    potentials() {
      call(
        Int32Array.from({ length: size }, (_, k) => k),
        0,
      );
      const f = w.readF64(at.u, size * n).map((u, k) => u * unit(Math.floor(k / n)));
      const g = w.readF64(at.v, size * m).map((v, k) => v * unit(Math.floor(k / m)));
      return { f, g };
    },
  };
}
