import { ArgumentError } from "@x/tensor";
import { readVector } from "../internal/read";
import type { Values } from "../values";

/**
 * An energy F of histograms, by its proximal map on logarithms: log of argmin_q KL(q | z) + κ F(q), given log z.
 */
export type ProximalMap = (logZ: Float64Array, kappa: number) => Float64Array;

/** F(q) = Σ V q + s Σ q (log q − 1). */
export interface FreeEnergy {
  /** V, shape [m]; default 0. */
  readonly potential?: Values | undefined;
  /** s ≥ 0, the diffusion; default 0. */
  readonly entropy?: number | undefined;
}

/** F(q) = 0 for q = target, otherwise infinite. */
export interface FixedTarget {
  /** Shape [m], of the mass of p. */
  readonly target: Values;
}

/** An energy by name or by its proximal map. */
export type Energy = FreeEnergy | FixedTarget | ProximalMap;

/** @throws ArgumentError on another key, which would count for nothing */
function checkEnergy(operation: string, energy: unknown): void {
  const known = ["potential", "entropy", "target"];
  const keys = typeof energy === "object" && energy !== null ? Object.keys(energy) : [];
  const other = keys.find((key) => !known.includes(key));
  if (keys.length > 0 && other === undefined) return;
  const got = keys.length > 0 ? `the key "${other}"` : JSON.stringify(energy);
  throw new ArgumentError(
    `${operation}: expected energy { potential, entropy }, { target } or a proximal map; got ${got}`,
    { energy },
  );
}

/** The proximal map of an energy on m points. */
export function proximalMap(operation: string, energy: Energy, m: number): ProximalMap {
  if (typeof energy === "function") return energy;
  checkEnergy(operation, energy);
  if ("target" in energy) {
    const log = readVector(operation, "energy.target", energy.target, m).map(Math.log);
    return () => log;
  }
  const { potential, entropy: s = 0 } = energy;
  if (!(s >= 0 && s < Infinity)) {
    throw new ArgumentError(`${operation}: expected energy.entropy ≥ 0; got ${s}`, { entropy: s });
  }
  const V =
    potential === undefined
      ? new Float64Array(m)
      : readVector(operation, "energy.potential", potential, m);
  return (logZ, kappa) => logZ.map((z, j) => (z - kappa * (V[j] as number)) / (1 + kappa * s));
}
