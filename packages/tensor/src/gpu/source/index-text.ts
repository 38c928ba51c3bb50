import type { HelperFunction } from "./kernel-spec";

/** Axes as one flat index runs over them, with the step of each in a buffer. */
export interface AxisSteps {
  readonly lengths: readonly number[];
  readonly steps: readonly number[];
}

/** Without axes of length 1, and with axes joined that follow each other in memory. */
function joinAxes({ lengths, steps }: AxisSteps): AxisSteps {
  const out: { length: number; step: number }[] = [];
  lengths.forEach((length, i) => {
    if (length === 1) return;
    const step = steps[i] as number;
    const outer = out.at(-1);
    if (outer !== undefined && outer.step === length * step) {
      outer.length *= length;
      outer.step = step;
    } else out.push({ length, step });
  });
  return { lengths: out.map((a) => a.length), steps: out.map((a) => a.step) };
}

/** Largest dividend for which one division of floats, rounded anyhow, gives the whole quotient. */
const DIRECT = 2 ** 20;

/** ⌊a / d⌋ of whole numbers below 2^20: half a unit off every integer, so rounding cannot cross one. */
const divideSmall: HelperFunction = {
  name: "divideSmall",
  parameters: [
    ["a", "Number"],
    ["d", "Number"],
  ],
  returns: "Number",
  body: "return Math.floor((a + 0.5) / d);",
};

/** {@link divideSmall} from and to integers. */
const quotientSmall: HelperFunction = {
  name: "quotientSmall",
  parameters: [
    ["a", "Integer"],
    ["d", "Integer"],
  ],
  returns: "Integer",
  body: "return divideSmall(a, d);",
};

/*
 * Larger dividends: a float division gives the quotient to one part in 2^21, the integer remainder is exact,
 * and its own division makes up the difference, up to one unit that the last step settles.
 */
const ratio: HelperFunction = {
  name: "ratio",
  parameters: [
    ["a", "Number"],
    ["d", "Number"],
  ],
  returns: "Number",
  body: "return Math.floor(a / d);",
};
const ratioOf: HelperFunction = {
  name: "ratioOf",
  parameters: [
    ["a", "Integer"],
    ["d", "Integer"],
  ],
  returns: "Integer",
  body: "return ratio(a, d);",
};
const settle: HelperFunction = {
  name: "settle",
  parameters: [
    ["q", "Integer"],
    ["a", "Integer"],
    ["d", "Integer"],
  ],
  returns: "Integer",
  body: "if (a - q * d < 0) { return q - 1; }\nif (a - q * d >= d) { return q + 1; }\nreturn q;",
};
const refine: HelperFunction = {
  name: "refine",
  parameters: [
    ["q", "Integer"],
    ["a", "Integer"],
    ["d", "Integer"],
  ],
  returns: "Integer",
  body: "return settle(q + ratioOf(a - q * d, d), a, d);",
};
const quotient: HelperFunction = {
  name: "quotient",
  parameters: [
    ["a", "Integer"],
    ["d", "Integer"],
  ],
  returns: "Integer",
  body: "return refine(ratioOf(a, d), a, d);",
};

/** Division of indices from 0 to 2^31 − 1, each function after those that it calls. */
export const divisionFunctions: readonly HelperFunction[] = [
  ratio,
  ratioOf,
  settle,
  refine,
  quotient,
];

/** Text for ⌊index / divisor⌋ with the helper functions that it calls; `limit` is above every index. */
export function quotientText(
  index: string,
  divisor: number,
  limit: number,
): { readonly text: string; readonly functions: readonly HelperFunction[] } {
  if (divisor === 1) return { text: index, functions: [] };
  if (limit <= DIRECT)
    return {
      text: `quotientSmall(${index}, ${divisor})`,
      functions: [divideSmall, quotientSmall],
    };
  return {
    text: `quotient(${index}, ${divisor})`,
    functions: divisionFunctions,
  };
}

/**
 * Text of the element at a flat index over axes, as a sum of products with whole numbers.
 *
 * With q_k the index divided by the length of everything inside axis k, the place is
 * Σ q_k (s_k − n_{k+1} s_{k+1}), where s is the step and n the length of an axis.
 */
export function placeText(
  index: string,
  axes: AxisSteps,
): { readonly terms: readonly string[]; readonly functions: readonly HelperFunction[] } {
  const { lengths, steps } = joinAxes(axes);
  const functions: HelperFunction[] = [];
  const terms: string[] = [];
  const limit = lengths.reduce((n, d) => n * d, 1);
  let inside = 1;
  for (let k = lengths.length - 1; k >= 0; k--) {
    const next = k + 1 < steps.length ? (lengths[k + 1] as number) * (steps[k + 1] as number) : 0;
    const factor = (steps[k] as number) - next;
    if (factor !== 0) {
      const q = quotientText(index, inside, limit);
      functions.push(...q.functions);
      terms.push(factor === 1 ? q.text : `${q.text} * ${whole(factor)}`);
    }
    inside *= lengths[k] as number;
  }
  return { terms, functions };
}

/** A whole number as text that can follow an operator. */
export const whole = (n: number): string => (n < 0 ? `(${n})` : `${n}`);
