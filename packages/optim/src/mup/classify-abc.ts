import { ArgumentError } from "@x/tensor";

/**
 * How a network of width n is scaled: weights W^l = n^(−a_l) w^l with w^l ~ N(0, n^(−2b_l)), l = 1 … L + 1, trained
 * with the rate ηn^(−c).
 */
export interface AbcParametrization {
  /** Powers of the multipliers, length L + 1. */
  readonly a: readonly number[];
  /** Powers of the standard deviations, length L + 1; the input layer's is also divided by √fan-in. */
  readonly b: readonly number[];
  /** Power of the learning rate of SGD. */
  readonly c: number;
}

/** Parametrisations with a name. */
export type AbcName = "standard" | "ntk" | "muP";

/** What a parametrisation does in the limit of infinite width. */
export interface AbcClass {
  /** Features move by n^(−r) in a step. */
  readonly r: number;
  /** Activations and outputs neither explode at the beginning nor in training. */
  readonly stable: boolean;
  /** The function changes in training. */
  readonly nontrivial: boolean;
  /** Features change, too: stable, non-trivial, r = 0. */
  readonly featureLearning: boolean;
  /** The network becomes a kernel machine: stable, non-trivial, r > 0. */
  readonly kernel: boolean;
}

/**
 * A named parametrisation of a network with L hidden layers.
 *
 * @param name - `standard` a = 0, b = (0, ½, …, ½), c = 0; `ntk` a = (0, ½, …, ½), b = 0, c = 0; `muP`
 *   a = (−½, 0, …, 0, ½), b = ½, c = 0
 * @param hiddenLayers - L ≥ 1
 * @throws ArgumentError for other names and for L < 1
 * @example
 * abcParametrization("muP", 2) // { a: [-0.5, 0, 0.5], b: [0.5, 0.5, 0.5], c: 0 }
 * @see Yang & Hu 2021, "Feature Learning in Infinite-Width Neural Networks", table 1
 */
export function abcParametrization(name: AbcName, hiddenLayers: number): AbcParametrization {
  if (!Number.isInteger(hiddenLayers) || hiddenLayers < 1) {
    throw new ArgumentError(
      `abcParametrization: expected hiddenLayers, an integer ≥ 1; got ${hiddenLayers}`,
      { hiddenLayers },
    );
  }
  const powers = (first: number, middle: number, last: number): number[] => [
    first,
    ...new Array<number>(hiddenLayers - 1).fill(middle),
    last,
  ];
  const known: Readonly<Record<AbcName, AbcParametrization>> = {
    standard: { a: powers(0, 0, 0), b: powers(0, 0.5, 0.5), c: 0 },
    ntk: { a: powers(0, 0.5, 0.5), b: powers(0, 0, 0), c: 0 },
    muP: { a: powers(-0.5, 0, 0.5), b: powers(0.5, 0.5, 0.5), c: 0 },
  };
  if (known[name] !== undefined) return known[name];
  throw new ArgumentError(
    `abcParametrization: expected ${Object.keys(known).join(", ")}; got ${String(name)}`,
    { name },
  );
}

/** Sums of binary fractions are exact; thirds and tenths are not. */
const slack = 1e-12;
const equal = (x: number, y: number): boolean => Math.abs(x - y) <= slack;
const atLeast = (x: number, y: number): boolean => x >= y - slack;

/**
 * Whether a scaling of width is stable, learns at all, and learns features.
 *
 * r = min(a_{L+1} + b_{L+1}, 2a_{L+1} + c) + c − 1 + min_{l ≤ L}(2a_l + [l = 1]). (a + θ, b − θ, c − 2θ) trains the
 * same functions for every θ.
 *
 * @throws ArgumentError when a and b differ in length or have fewer than two entries
 * @example
 * classifyAbc(abcParametrization("ntk", 2)) // { r: 0.5, stable: true, nontrivial: true, featureLearning: false, kernel: true }
 * @see Yang & Hu 2021, theorems 3.2 to 3.4
 */
export function classifyAbc({ a, b, c }: AbcParametrization): AbcClass {
  const last = a.length - 1;
  if (last < 1 || b.length !== a.length || ![...a, ...b, c].every(Number.isFinite)) {
    throw new ArgumentError(
      `classifyAbc: expected finite a and b of one length L + 1 ≥ 2; got a = [${a.join(", ")}], b = [${b.join(", ")}], c = ${c}`,
      { a, b, c },
    );
  }
  const sum = (l: number): number => (a[l] as number) + (b[l] as number);
  const output = 2 * (a[last] as number) + c;
  const hidden = a.slice(0, -1).map((x, l) => 2 * x + Number(l === 0));
  const r = Math.min(sum(last), output) + c - 1 + Math.min(...hidden);
  const stable =
    equal(sum(0), 0) &&
    a.slice(1, -1).every((_, l) => equal(sum(l + 1), 0.5)) &&
    atLeast(sum(last), 0.5) &&
    atLeast(r, 0) &&
    atLeast(sum(last) + r, 1) &&
    atLeast(output, 1);
  const nontrivial = stable && (equal(sum(last) + r, 1) || equal(output, 1));
  const still = equal(r, 0);
  return {
    r,
    stable,
    nontrivial,
    featureLearning: nontrivial && still,
    kernel: nontrivial && !still,
  };
}
