import { whole } from "../source/index-text";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { Digit, ProductPlan } from "./product";
import { offsetsOf } from "./product-block";
import { gridOf, threadIndices } from "./product-grid";

/** The kernel of a product: each thread sums a block of the result. */
export function productLaunch(plan: ProductPlan, target: Target, slot: number): Launch {
  const { product, block, threads, sums, unroll } = plan;
  const components = (block.rows * block.columns) as 1 | 4;
  const k = new KernelBuilder(target, "f32", components);
  const grid = gridOf(plan);
  const indices = threadIndices(k, grid);
  const counters = sums.map(({ length }) => (length > 1 ? k.name("j") : "0"));
  const totals = Array.from({ length: components }, () => k.name("s"));
  for (const s of totals) k.line(`let ${s} = 0;`);
  const x = elementReader(k, plan, "x", [...indices, ...counters]);
  const w = elementReader(k, plan, "w", [...indices, ...counters]);
  const inner = product.sums.at(-1) as Digit;

  /**
   * Adds `terms` terms of the innermost sum, from term `from` of what its counter points to: first to each other,
   * then to the total, whose rounding errors are so much fewer.
   */
  const addTerms = (terms: number, from: number, counted: boolean): void => {
    const each = Array.from({ length: terms }, (_, t) => t);
    const left = Array.from({ length: block.rows }, (_, r) =>
      each.map((t) => k.let(w((from + t) * inner.w + r * product.rows.w, counted))),
    );
    const loaded = new Map<number, string>();
    const right = offsetsOf(product, block.columns, terms).map((places) =>
      places.map((place) => {
        const value = loaded.get(place) ?? k.let(x(from * inner.x + place, counted));
        loaded.set(place, value);
        return value;
      }),
    );
    totals.forEach((s, i) => {
      const row = left[Math.floor(i / block.columns)] as readonly string[];
      const column = right[i % block.columns] as readonly string[];
      k.line(`${s} = ${s} + (${each.map((t) => `${row[t]} * ${column[t]}`).join(" + ")});`);
    });
  };

  let open = 0;
  const enter = (line: string): void => {
    k.line(line);
    open++;
  };
  sums.forEach((d, i) => {
    const rest = inner.length - d.whole * unroll;
    const part = d.part === undefined ? undefined : (indices[d.part] as string);
    if (i === sums.length - 1 && rest > 0) {
      // Terms that do not fill a row; of several parts the first takes them.
      if (part !== undefined) k.line(`if (${part} < 1) {`);
      addTerms(rest, d.whole * unroll, false);
      if (part !== undefined) k.line("}");
    }
    const j = counters[i] as string;
    if (d.length > 1) enter(`for (let ${j} = 0; ${j} < ${d.length}; ${j}++) {`);
    if (d.part === undefined || d.length * (threads[d.part] as Digit).length === d.whole) return;
    const place = k.define(
      [
        ["p", "Integer"],
        ["j", "Integer"],
      ],
      "Integer",
      `return p * ${d.length} + j;`,
    );
    enter(`if (${place}(${part}, ${j}) < ${d.whole}) {`);
  });
  addTerms(unroll, 0, true);
  for (; open > 0; open--) k.line("}");
  const value = components === 1 ? (totals[0] as string) : `[${totals.join(", ")}]`;
  return k.finish(slot, grid.threads, value);
}

/**
 * How to read an operand so many elements behind the place of this thread and its loops; without the innermost
 * loop's counter if that is not `counted`.
 *
 * The whole place is written for every element, in integers: a constant that held it would be a float, and with
 * a conversion for each load, which is slow on a GPU; the sums of products that do not change within a loop are
 * for its compiler to move.
 */
function elementReader(
  k: KernelBuilder,
  { product, threads, sums }: ProductPlan,
  operand: "x" | "w",
  names: readonly string[],
): (distance: number, counted: boolean) => string {
  const { slot, offset } = product[operand];
  const steps = [...threads, ...sums].map((d) => d[operand]);
  const used = steps.map((_, i) => i).filter((i) => steps[i] !== 0 && names[i] !== "0");
  const terms = used.map((i) =>
    steps[i] === 1 ? `i${i}` : `i${i} * ${whole(steps[i] as number)}`,
  );
  const place = k.define(
    [...used.map((i) => [`i${i}`, "Integer"] as const), ["d", "Integer"]],
    "Integer",
    `return ${[...terms, "d"].join(" + ")};`,
  );
  const read = k.reader({ slot, dtype: "f32", shape: [2 ** 30], offset: 0, strides: [1] });
  return (distance, counted) => {
    const args = used.map((i) => (!counted && i === names.length - 1 ? "0" : names[i]));
    return read(`${place}(${[...args, whole(offset + distance)].join(", ")})`);
  };
}
