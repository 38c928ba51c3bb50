import { ArgumentError } from "@x/tensor";
import { total } from "../internal/read";
import type { Basis } from "./network-simplex";
import type { Sides } from "./solve";

/** Entries of a plan, by row and column. */
export interface Flows {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/**
 * The plan of a basis: flows that meet the masses as they are, before they were rounded to whole units.
 *
 * The mass of a subtree that is not used up inside flows through the arc above it, so that one pass from the leaves
 * gives all of them.
 */
export function flowsOf(basis: Basis, a: Float64Array, b: Float64Array): Flows {
  const { n, m, order, parent, up, flow } = basis;
  const rest = new Float64Array(n + m + 1);
  rest.set(a);
  rest.set(
    b.map((w) => -w),
    n,
  );
  const entries: { at: number; value: number }[] = [];
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k] as number;
    const above = parent[node] as number;
    const mass = rest[node] as number;
    rest[above] = (rest[above] as number) + mass;
    const value = up[node] === 1 ? mass : -mass;
    if (above === n + m || (flow[node] as number) <= 0 || value <= 0) continue;
    const at = node < n ? node * m + (above - n) : above * m + (node - n);
    entries.push({ at, value });
  }
  entries.sort((x, y) => x.at - y.at);
  return {
    rows: Int32Array.from(entries, ({ at }) => Math.floor(at / m)),
    columns: Int32Array.from(entries, ({ at }) => at % m),
    values: Float64Array.from(entries, ({ value }) => value),
  };
}

/**
 * The mass that no pair carries.
 *
 * @throws ArgumentError if the basis is optimal and such mass exists: forbidden pairs leave no feasible plan
 */
export function checkFeasible(
  operation: string,
  basis: Basis,
  a: Float64Array,
  rows: Int32Array | undefined,
  columns: Int32Array | undefined,
  [source, sink]: Sides,
): number {
  const { n, m, parent, up, flow } = basis;
  const sources: number[] = [];
  const sinks: number[] = [];
  let stuck = 0;
  for (let x = 0; x < n + m; x++) {
    const carried = flow[x] as number;
    if (parent[x] !== n + m || carried === 0) continue;
    if (up[x] === 1) {
      stuck += carried;
      sources.push(x);
    } else sinks.push(x);
  }
  const mass = total(a);
  const missing = stuck * basis.unit;
  // Blocks that forbidden pairs separate are balanced up to rounding only.
  if (missing <= 1e-9 * mass) return 0;
  if (!basis.optimal) return missing;
  throw new ArgumentError(
    `${operation}: no feasible plan: mass ${missing} of ${name(sources, 0, source, rows)} cannot reach ${name(sinks, n, sink, columns)}; the pairs between have infinite cost; allow some of them or change the weights`,
    { mass: missing },
  );
}

function name(
  nodes: readonly number[],
  first: number,
  kind: string,
  kept: Int32Array | undefined,
): string {
  const numbers = nodes.slice(0, 5).map((x) => kept?.[x - first] ?? x - first);
  const more = nodes.length > 5 ? ` and ${nodes.length - 5} others` : "";
  return `${kind}${nodes.length > 1 ? "s" : ""} ${numbers.join(", ")}${more}`;
}
