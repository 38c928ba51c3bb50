import type { MapBuilder, Step } from "./map-builder";
import { floatOps, group, mulAdd, mulSub, subMul } from "./map-opcodes";

/**
 * Joins products with the sum or difference that alone uses them: one pass over memory less for each.
 *
 * Both operations still round, so results do not change.
 *
 * @param results - registers that are read after the program
 */
export function contract(builder: MapBuilder, results: readonly number[]): void {
  const base = builder.width === 8 ? group.f64 : group.f32;
  const uses = new Map<number, number>();
  const count = (r: number): void => void uses.set(r, (uses.get(r) ?? 0) + 1);
  for (const step of [...builder.each, ...builder.once]) step.args.forEach(count);
  results.forEach(count);
  const products = new Map<number, Step>();
  const joined = new Set<Step>();
  for (const step of builder.each) {
    const [x, y] = step.args as [number, number];
    if (step.op === base + (floatOps.mul as number)) {
      if (uses.get(step.d) === 1) products.set(step.d, step);
      continue;
    }
    const add = step.op === base + (floatOps.add as number);
    if (!add && step.op !== base + (floatOps.sub as number)) continue;
    // Of two products the later: its operands are more likely to be alive anyway.
    const right = products.get(y);
    const product = right ?? products.get(x);
    if (product === undefined) continue;
    step.op = base + (add ? mulAdd : right === undefined ? mulSub : subMul);
    step.args = [...product.args, right === undefined ? y : x];
    joined.add(product);
  }
  builder.remove(joined);
}
