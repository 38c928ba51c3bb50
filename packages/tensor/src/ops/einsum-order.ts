/** A plan of pairwise products: an operand's number, or two plans whose results are multiplied. */
export type Contraction = number | readonly [Contraction, Contraction];

interface Part {
  readonly plan: Contraction;
  readonly names: ReadonlySet<string>;
  readonly flops: number;
}

/** Operands up to this number are combined in the best of all orders: 3^n / 2 pairs are looked at. */
const EXHAUSTIVE = 8;

/**
 * The order in which to multiply several operands.
 *
 * A product of two costs as many multiplications as there are combinations of all names of both. The cheapest
 * of all orders is found by dynamic programming over subsets; for many operands, the pair is taken each time
 * that makes the result smallest relative to its factors.
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
  const sizeOf = (names: Iterable<string>): number => {
    let size = 1;
    for (const name of names) size *= lengths.get(name) ?? 1;
    return size;
  };
  /** Names that are still needed once the operands in `inside` are multiplied. */
  const kept = (inside: readonly boolean[]): Set<string> => {
    const names = new Set(operands.flatMap((list, i) => (inside[i] ? list : [])));
    const needed = new Set([...output, ...operands.flatMap((list, i) => (inside[i] ? [] : list))]);
    return new Set([...names].filter((name) => needed.has(name)));
  };
  const join = (a: Part, b: Part, names: ReadonlySet<string>): Part => ({
    plan: [a.plan, b.plan],
    names,
    flops: a.flops + b.flops + sizeOf(new Set([...a.names, ...b.names])),
  });
  const single = (i: number): Part => ({
    plan: i,
    names: kept(operands.map((_, j) => j === i)),
    flops: 0,
  });
  return operands.length <= EXHAUSTIVE
    ? bestOrder(operands.length, single, join, (set) =>
        kept(operands.map((_, i) => (set & (1 << i)) !== 0)),
      )
    : greedyOrder(operands, single, join, kept, sizeOf);
}

type Join = (a: Part, b: Part, names: ReadonlySet<string>) => Part;

function bestOrder(
  n: number,
  single: (i: number) => Part,
  join: Join,
  kept: (set: number) => Set<string>,
): Contraction {
  const best: Part[] = [];
  for (let set = 1; set < 1 << n; set++) {
    const lowest = set & -set;
    if (set === lowest) {
      best[set] = single(31 - Math.clz32(set));
      continue;
    }
    const names = kept(set);
    // Splits of the set, each once: the part with the lowest operand comes first.
    for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
      if ((part & lowest) === 0) continue;
      const joined = join(best[part] as Part, best[set ^ part] as Part, names);
      const cheapest = best[set];
      if (cheapest === undefined || joined.flops < cheapest.flops) best[set] = joined;
    }
  }
  return (best[(1 << n) - 1] as Part).plan;
}

function greedyOrder(
  operands: readonly (readonly string[])[],
  single: (i: number) => Part,
  join: Join,
  kept: (inside: readonly boolean[]) => Set<string>,
  sizeOf: (names: Iterable<string>) => number,
): Contraction {
  const parts = operands.map((_, i) => ({
    part: single(i),
    inside: operands.map((_, j) => j === i),
  }));
  while (parts.length > 1) {
    let best: { i: number; j: number; gain: number; next: (typeof parts)[number] } | undefined;
    for (let i = 0; i < parts.length; i++) {
      for (let j = i + 1; j < parts.length; j++) {
        const [a, b] = [parts[i], parts[j]] as [(typeof parts)[number], (typeof parts)[number]];
        const inside = a.inside.map((v, k) => v || (b.inside[k] as boolean));
        const part = join(a.part, b.part, kept(inside));
        const gain = sizeOf(part.names) - sizeOf(a.part.names) - sizeOf(b.part.names);
        if (best === undefined || gain < best.gain) best = { i, j, gain, next: { part, inside } };
      }
    }
    const { i, j, next } = best as NonNullable<typeof best>;
    parts.splice(j, 1);
    parts.splice(i, 1, next);
  }
  return (parts[0] as (typeof parts)[number]).part.plan;
}
