/** A plan of pairwise products: an operand's number, or two plans whose results are multiplied. */
export type Contraction = number | readonly [Contraction, Contraction];

interface Part {
  readonly plan: Contraction;
  readonly names: ReadonlySet<string>;
  readonly flops: number;
}

/** Operands up to this number are combined in the best of all orders: 3^n / 2 pairs are looked at. */
const EXHAUSTIVE = 10;

/**
 * The order in which to multiply several operands.
 *
 * A product of two costs as many multiplications as there are combinations of all names of both. The cheapest
 * of all orders is found by dynamic programming over subsets. Operands beyond what that can deal with are
 * multiplied from the left first.
 *
 * @param operands - names of the axes of each operand
 * @param output - names that the result keeps
 * @param lengths - length of each name
 */
export function contractionOrder(
  operands: readonly (readonly string[])[],
  output: readonly string[],
  lengths: ReadonlyMap<string, number>,
): Contraction {
  const parts = operands.map((names, plan): Part => ({ plan, names: new Set(names), flops: 0 }));
  return bestOrder(parts, output, (names) => {
    let size = 1;
    for (const name of names) size *= lengths.get(name) ?? 1;
    return size;
  }).plan;
}

function bestOrder(
  parts: readonly Part[],
  output: readonly string[],
  sizeOf: (names: Iterable<string>) => number,
): Part {
  /** Names that are still needed once the parts `inside` are multiplied. */
  const kept = (inside: (i: number) => boolean): Set<string> => {
    const names = new Set(parts.flatMap((p, i) => (inside(i) ? [...p.names] : [])));
    const needed = new Set([
      ...output,
      ...parts.flatMap((p, i) => (inside(i) ? [] : [...p.names])),
    ]);
    return new Set([...names].filter((name) => needed.has(name)));
  };
  const join = (a: Part, b: Part, names: ReadonlySet<string>): Part => ({
    plan: [a.plan, b.plan],
    names,
    flops: a.flops + b.flops + sizeOf(new Set([...a.names, ...b.names])),
  });
  if (parts.length > EXHAUSTIVE) {
    const [a, b, ...others] = parts as [Part, Part, ...Part[]];
    return bestOrder(
      [
        join(
          a,
          b,
          kept((i) => i < 2),
        ),
        ...others,
      ],
      output,
      sizeOf,
    );
  }
  const best: Part[] = [];
  for (let set = 1; set < 1 << parts.length; set++) {
    const lowest = set & -set;
    const names = kept((i) => (set & (1 << i)) !== 0);
    if (set === lowest) {
      best[set] = { ...(parts[31 - Math.clz32(set)] as Part), names };
      continue;
    }
    // Splits of the set, each once: the part with the lowest operand comes first.
    for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
      if ((part & lowest) === 0) continue;
      const joined = join(best[part] as Part, best[set ^ part] as Part, names);
      const cheapest = best[set];
      if (cheapest === undefined || joined.flops < cheapest.flops) best[set] = joined;
    }
  }
  return best.at(-1) as Part;
}
