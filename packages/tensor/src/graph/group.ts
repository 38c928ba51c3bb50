import { isElementwise } from "../primitives/elementwise";
import { sameShape } from "../shape";
import type { Equation, Var } from "./graph";
import { isWhole, type Placed } from "./place";

/** Most equations in one fused program: beyond it the interpreter's registers leave the fastest cache. */
const LARGEST = 96;

/** An equation that reads a value, and whether it reads just what was computed rather than a window on it. */
interface Reader {
  readonly equation: Equation;
  readonly fusible: boolean;
}

interface Group {
  readonly members: Equation[];
  /** Lane width that the members need; `undefined` if either will do. */
  width: 4 | 8 | undefined;
}

/** Lane width an equation needs: f64 operands or results take 8 bytes. */
function widthOf(e: Equation): 4 | 8 | undefined {
  const all = [...e.inputs, ...e.outputs];
  if (all.some((v) => v.dtype === "f64")) return 8;
  return all.every((v) => v.dtype === "bool") ? undefined : 4;
}

/**
 * Partitions equations: elementwise ones over the same shape that feed each other end up together, as long as
 * the whole still has an order in which it can run; every other equation stands alone.
 *
 * @returns groups in the order of their first members, members in their original order
 */
export function groupEquations(
  placed: Placed,
  producer: ReadonlyMap<Var, Equation>,
): (readonly Equation[])[] {
  const { equations } = placed;
  const position = new Map(equations.map((e, i) => [e, i]));
  const groupOf = new Map<Equation, Group>();
  const readers = new Map<Equation, Reader[]>();

  /** True when part of one group has to run before, and another part after, something else. */
  const separated = (a: Group, b: Group): boolean => {
    const inside = (g: Group): boolean => g === a || g === b;
    const last = Math.max(...[...a.members, ...b.members].map((m) => position.get(m) as number));
    const seen = new Set<Group>();
    const stack: Group[] = [];
    for (const m of [...a.members, ...b.members]) {
      for (const { equation, fusible } of readers.get(m) ?? []) {
        const next = groupOf.get(equation) as Group;
        // Inside the joined group a value is a register: it cannot be read as a window on memory.
        if (inside(next) ? !fusible : false) return true;
        if (!inside(next)) stack.push(next);
      }
    }
    for (let g = stack.pop(); g !== undefined; g = stack.pop()) {
      if (inside(g)) return true;
      if (seen.has(g) || (position.get(g.members[0] as Equation) as number) > last) continue;
      seen.add(g);
      for (const m of g.members) {
        for (const { equation } of readers.get(m) ?? []) stack.push(groupOf.get(equation) as Group);
      }
    }
    return false;
  };

  const merge = (a: Group, b: Group): Group => {
    const members = [...a.members, ...b.members].sort(
      (x, y) => (position.get(x) as number) - (position.get(y) as number),
    );
    const joined: Group = { members, width: a.width ?? b.width };
    for (const m of members) groupOf.set(m, joined);
    return joined;
  };

  for (const e of equations) {
    for (const v of e.inputs) {
      const p = placed.place(v);
      const source = producer.get(p.root);
      if (source === undefined) continue;
      const fusible = isWhole(v, p) && sameShape(v.shape, p.root.shape);
      readers.set(source, [...(readers.get(source) ?? []), { equation: e, fusible }]);
    }
    let group: Group = { members: [e], width: widthOf(e) };
    groupOf.set(e, group);
    if (!isElementwise(e.primitive)) continue;
    for (const v of e.inputs) {
      const p = placed.place(v);
      const source = producer.get(p.root);
      if (source === undefined || !isElementwise(source.primitive)) continue;
      if (!isWhole(v, p) || !sameShape(v.shape, p.root.shape)) continue;
      const other = groupOf.get(source) as Group;
      const fits =
        other !== group &&
        other.members.length + group.members.length <= LARGEST &&
        (other.width === undefined || group.width === undefined || other.width === group.width) &&
        sameShape(p.root.shape, (e.outputs[0] as Var).shape);
      if (fits && !separated(other, group)) group = merge(other, group);
    }
  }
  const out = new Set<Group>();
  for (const e of equations) out.add(groupOf.get(e) as Group);
  return [...out].map((g) => g.members);
}
