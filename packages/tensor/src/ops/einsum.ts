import { ArgumentError } from "../errors";
import { dot } from "../primitives/dot";
import { cast, mul } from "../primitives/elementwise";
import { broadcastInDim, reshape, transpose } from "../primitives/movement";
import { reduceSum } from "../primitives/reduction";
import { sizeOf } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { type Contraction, contractionOrder } from "./einsum-order";
import { parseSubscripts } from "./einsum-subscripts";
import { unifyAll } from "./promote";
import { diagonal } from "./triangular";

/** A tensor whose axes have names, each once. */
interface Named {
  readonly x: Tensor;
  readonly names: readonly string[];
}

/**
 * Sums of products, written with one letter for each axis (Einstein's convention, as in NumPy).
 *
 * A letter that the output lacks is summed over; a letter twice in one operand takes the diagonal; `...` stands
 * for leading or inner axes that broadcast; lengths of 1 broadcast. Without `->` the output has the letters that
 * occur once, in alphabetic order. Products of several operands are taken pair by pair, as matrix products,
 * in the order with the fewest multiplications.
 *
 * @param subscripts - for example `"bij,bjk->bik"`
 * @param operands - as many as the subscripts name; bool and u8 are counted in i32
 * @throws ArgumentError when the subscripts are malformed
 * @throws ShapeError when ranks or lengths do not fit, naming the subscript
 * @example
 * einsum("ij,j->i", [[1, 2], [3, 4]], [1, 10]) // [21, 43]
 * einsum("ii", [[1, 2], [3, 4]]) // 5
 * einsum("...ij->...ji", [[1, 2], [3, 4]]) // [[1, 3], [2, 4]]
 */
export function einsum(subscripts: string, ...operands: TensorLike[]): Tensor {
  if (typeof subscripts !== "string") {
    throw new ArgumentError(
      `einsum: expected subscripts such as "ij,jk->ik" first; got ${typeof subscripts}`,
    );
  }
  const xs = unifyAll("einsum", operands);
  const parsed = parseSubscripts(
    subscripts,
    xs.map((x) => x.shape),
  );
  const { output, lengths } = parsed;
  const terms = xs.map((x, i) => {
    const countable = x.dtype === "bool" || x.dtype === "u8" ? cast(x, "i32") : x;
    return single(countable, parsed.operands[i] as readonly string[], lengths);
  });
  const uses = countUses([...terms.map(({ names }) => names), output]);
  const order = contractionOrder(
    terms.map(({ names }) => names),
    output,
    lengths,
  );
  return arrange(contract(order, terms, uses), output);
}

/** An operand with its diagonals taken, and without the axes of length 1 that broadcast against longer ones. */
function single(x: Tensor, names: readonly string[], lengths: ReadonlyMap<string, number>): Named {
  const again = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (again >= 0) {
    const name = names[again] as string;
    const twice = names.flatMap((other, i) => (other === name ? [i] : []));
    const [first, second] = twice as [number, number];
    // The diagonal becomes the last axis; a third occurrence is met in the next round.
    const taken = diagonal(x, { axes: [first, second] });
    const left = names.filter((_, i) => i !== first && i !== second);
    return single(taken, [...left, name], lengths);
  }
  const long = names.map((name, i) => x.shape[i] === lengths.get(name));
  return {
    x: reshape(
      x,
      x.shape.filter((_, i) => long[i]),
    ),
    names: names.filter((_, i) => long[i]),
  };
}

/** How many operands (and the output) have each name. */
function countUses(lists: readonly (readonly string[])[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const name of lists.flat()) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}

/** The product of a plan's operands, summed over the names that nothing else has. */
function contract(plan: Contraction, terms: readonly Named[], uses: Map<string, number>): Named {
  if (typeof plan === "number") return sumLone(terms[plan] as Named, uses);
  const a = contract(plan[0], terms, uses);
  const b = contract(plan[1], terms, uses);
  const product = multiply(a, b, uses);
  // Two operands became one.
  for (const name of a.names) {
    if (b.names.includes(name)) uses.set(name, (uses.get(name) as number) - 1);
  }
  return product;
}

/** Sums over the names that only this operand has. */
function sumLone({ x, names }: Named, uses: ReadonlyMap<string, number>): Named {
  const lone = names.flatMap((name, i) => (uses.get(name) === 1 ? [i] : []));
  return { x: reduceSum(x, lone), names: names.filter((_, i) => !lone.includes(i)) };
}

function multiply(a: Named, b: Named, uses: ReadonlyMap<string, number>): Named {
  const shared = a.names.filter((name) => b.names.includes(name));
  const summed = shared.filter((name) => uses.get(name) === 2);
  const batch = shared.filter((name) => !summed.includes(name));
  const rows = a.names.filter((name) => !shared.includes(name));
  const columns = b.names.filter((name) => !shared.includes(name));
  const names = [...batch, ...rows, ...columns];
  if (summed.length === 0) {
    const shape = names.map((name) => lengthOf(name, a) ?? (lengthOf(name, b) as number));
    return { x: mul(spread(a, names, shape), spread(b, names, shape)), names };
  }
  const left = matrices(a, batch, rows, summed);
  const right = matrices(b, batch, summed, columns);
  const lengths = names.map((name) => lengthOf(name, a) ?? (lengthOf(name, b) as number));
  return { x: reshape(dot(left, right), lengths), names };
}

const lengthOf = (name: string, { x, names }: Named): number | undefined =>
  x.shape[names.indexOf(name)];

/** The operand as [batch…, rows, columns], several names joined to one axis. */
function matrices(
  term: Named,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
): Tensor {
  const size = (names: readonly string[]): number =>
    sizeOf(names.map((name) => lengthOf(name, term) as number));
  const lead = batch.map((name) => lengthOf(name, term) as number);
  return reshape(arrange(term, [...batch, ...rows, ...columns]), [
    ...lead,
    size(rows),
    size(columns),
  ]);
}

/** The operand with its axes in the order of `names`. */
const arrange = (term: Named, names: readonly string[]): Tensor =>
  transpose(
    term.x,
    names.map((name) => term.names.indexOf(name)),
  );

/** The operand broadcast to the axes `names`, of which it may lack some. */
function spread(term: Named, names: readonly string[], shape: readonly number[]): Tensor {
  const own = names.filter((name) => term.names.includes(name));
  return broadcastInDim(
    arrange(term, own),
    shape,
    own.map((name) => names.indexOf(name)),
  );
}
