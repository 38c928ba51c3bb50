import { ArgumentError, random } from "@x/tensor";
import { shown } from "../core/check";

/**
 * By which chances the first active block s of a step is drawn; blocks s, …, b are updated.
 *
 * - `uniform`: 1/b each
 * - `epochShift`: w_i ∝ exp(α[(1 − q)(b − 1 − i) + q·i]), i from 0, at progress q ∈ [0, 1]: nearly full updates
 *   first, later mostly the blocks near the output; α defaults to 0.5
 * - `probs`: yours, summing to 1
 * - `smoothness`: the cheapest for the guaranteed progress, given the blocks' (relative) smoothness constants L:
 *   P(block i active) = max_{j ≤ i} L_j / max L
 */
export type RptSamplerKind =
  | { readonly kind: "uniform" }
  | { readonly kind: "epochShift"; readonly alpha?: number; readonly progress: () => number }
  | { readonly kind: "probs"; readonly p: readonly number[] }
  | { readonly kind: "smoothness"; readonly L: readonly number[] };

/** What {@link rptSampler} draws from, and how many blocks there are. */
export interface RptSamplerOptions {
  /** Number of blocks b ≥ 1. */
  readonly numBlocks: number;
  /** The chances; default uniform. */
  readonly sampler?: RptSamplerKind;
  /** An integer or a generator to share; default seed 0. */
  readonly rng?: number | random.Rng;
}

/** Draws the first active block of each step. */
export interface RptSampler {
  /** Chances of each cut-off 1 … b, as of now; they sum to 1. */
  probabilities(): readonly number[];
  /** Chance of each block to be active: running sums of {@link RptSampler.probabilities}. */
  activeProbabilities(): readonly number[];
  /** The first active block of the next step, 1 … b. */
  sample(): number;
  /** What `restore` takes. */
  toJSON(): random.RngState;
  /** Goes on from a stored state. */
  restore(state: random.RngState): void;
}

/**
 * Randomised progressive training: draws from which block on a network is updated in a step.
 *
 * @throws ArgumentError for an unknown kind, chances that are negative or do not sum to 1, lists of another length than numBlocks
 * @example
 * const sampler = rptSampler({ numBlocks: 4, sampler: { kind: "smoothness", L: [2, 1, 4, 3] } });
 * sampler.probabilities(); // [0.5, 0, 0.5, 0]
 * const firstActive = sampler.sample(); // 1 or 3
 * @see "Drop-Muon: Update Less, Converge Faster"; the smoothness chances follow from its descent lemma by layers
 */
export function rptSampler(options: RptSamplerOptions): RptSampler {
  const { numBlocks, sampler = { kind: "uniform" }, rng = 0 } = options;
  if (!Number.isInteger(numBlocks) || numBlocks < 1) {
    throw new ArgumentError(`rptSampler: expected numBlocks, an integer ≥ 1; got ${numBlocks}`, {
      numBlocks,
    });
  }
  const chances = chancesOf(sampler, numBlocks);
  let generator = typeof rng === "number" ? random.rng(rng) : rng;
  return {
    probabilities: chances,
    activeProbabilities: () => runningSums(chances()),
    sample: () => {
      const p = chances();
      const u = generator.uniform();
      const i = runningSums(p).findIndex((sum, at) => u < sum && (p[at] as number) > 0);
      // Rounding may leave the last sum below 1.
      return i >= 0 ? i + 1 : p.findLastIndex((x) => x > 0) + 1;
    },
    toJSON: () => generator.toJSON(),
    restore: (state) => {
      generator = random.Rng.fromJSON(state);
    },
  };
}

const runningSums = (p: readonly number[]): number[] => {
  let sum = 0;
  return p.map((x) => {
    sum += x;
    return sum;
  });
};

function chancesOf(sampler: RptSamplerKind, b: number): () => readonly number[] {
  if (sampler.kind === "uniform") {
    const p = new Array<number>(b).fill(1 / b);
    return () => p;
  }
  if (sampler.kind === "epochShift") return epochShift(sampler, b);
  if (sampler.kind === "probs") {
    const p = [...listOf("p", sampler.p, b)];
    const sum = p.reduce((x, y) => x + y, 0);
    if (Math.abs(sum - 1) > 1e-9) {
      throw new ArgumentError(
        `rptSampler: expected p to sum to 1; it sums to ${sum}; divide by the sum`,
        { p, sum },
      );
    }
    return () => p;
  }
  if (sampler.kind !== "smoothness") {
    const { kind } = sampler as { kind?: unknown };
    throw new ArgumentError(
      `rptSampler: expected sampler { kind } with kind uniform, epochShift, probs or smoothness; got ${kind === undefined ? shown(sampler) : shown(kind)}`,
      { sampler },
    );
  }
  const constants = listOf("L", sampler.L, b);
  const largest = Math.max(...constants);
  if (!(largest > 0)) {
    throw new ArgumentError("rptSampler: expected a positive entry in L; all are 0", {
      L: constants,
    });
  }
  let reached = 0;
  const p = constants.map((x) => {
    const before = reached;
    reached = Math.max(reached, x / largest);
    return reached - before;
  });
  return () => p;
}

function epochShift(
  { alpha = 0.5, progress }: Extract<RptSamplerKind, { kind: "epochShift" }>,
  b: number,
): () => readonly number[] {
  if (!Number.isFinite(alpha)) {
    throw new ArgumentError(`rptSampler: expected a finite alpha; got ${alpha}`, { alpha });
  }
  return () => {
    const q = progress();
    if (!(q >= 0 && q <= 1)) {
      throw new ArgumentError(
        `rptSampler: expected progress() in [0, 1]; got ${q}; return the share of training done`,
        { progress: q },
      );
    }
    const exponents = Array.from({ length: b }, (_, i) => alpha * ((1 - q) * (b - 1 - i) + q * i));
    const top = Math.max(...exponents);
    const weights = exponents.map((x) => Math.exp(x - top));
    const sum = weights.reduce((x, y) => x + y, 0);
    return weights.map((w) => w / sum);
  };
}

function listOf(name: string, values: readonly number[], b: number): readonly number[] {
  const bad = values.findIndex((x) => !(x >= 0 && x < Infinity));
  if (values.length === b && bad < 0) return values;
  const got = values.length === b ? `${name}[${bad}] = ${values[bad]}` : `${values.length}`;
  throw new ArgumentError(
    `rptSampler: expected ${b} finite numbers ≥ 0 in ${name}, one for each block; got ${got}`,
    { [name]: values, numBlocks: b },
  );
}
