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

/** What some iterations of a problem have done. */
export interface Progress {
  /** The marginal error of each, −1 where it is not known. */
  readonly errors: Float64Array;
  /** What they have added to the binary exponents of the columns, if all errors are known. */
  readonly changes: Float64Array;
  /** The part of the dual objective that plain iterations never lower, in units of ε ln 2. */
  readonly objective: number;
}

/** Problems in kernel memory. */
export interface PlacedBatch {
  /** Runs `steps` iterations of some problems with their ω. */
  iterate(active: Int32Array, omega: Float64Array, steps: number): (problem: number) => Progress;
  /** Adds to the exponents of the columns of a problem before its next iterations. */
  move(problem: number, exponents: Float64Array): void;
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
    ...{ moves: w.f64(size * m), changes: w.f64(size * m), objectives: w.f64(size) },
  };
  w.kernels.f64.fill(1, at.x / 8, at.x / 8 + size * n);
  w.kernels.f64.fill(1, at.y / 8, at.y / 8 + size * m);
  w.kernels.f64.fill(0, at.moves / 8, at.moves / 8 + size * m);
  const call = (active: Int32Array, count: number): void => {
    w.kernels.i32.set(active, at.active / 4);
    const words = new ArgumentBlock()
      .i32(size, n, m, count, at.active, at.C, at.K, at.a, at.b, at.logA, at.logB)
      .i32(at.u, at.v, at.x, at.y, at.sums, at.eta, at.omega, at.errors, at.started)
      .i32(at.moves, at.changes, at.objectives).words;
    const nanoseconds = PAIR_NANOSECONDS * active.length * n * m * Math.max(count, 1);
    w.kernels.call("iterate", words, active.length, nanoseconds);
    w.kernels.f64.fill(0, at.moves / 8, at.moves / 8 + size * m);
  };
  return {
    iterate(active, omega, count) {
      w.kernels.f64.set(omega, at.omega / 8);
      call(active, count);
      return (k) => ({
        errors: w.readF64(at.errors + 8 * k * count, count),
        changes: w.readF64(at.changes + 8 * k * m, m),
        objective: w.kernels.f64[at.objectives / 8 + k] as number,
      });
    },
    move(k, exponents) {
      w.kernels.f64.set(exponents, at.moves / 8 + k * m);
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
