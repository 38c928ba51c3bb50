import { ArgumentError, type Tensor, valueAndGradWithAux } from "@x/tensor";
import { type Entry, entriesOf, mapLeaves } from "../core/tree";

/** The block of a leaf, 1 … b from input to output; leaves of one block share the number. */
export type Blocks = (path: readonly string[]) => number;

/**
 * The value of a loss and its gradient by the blocks from a cut-off on; the backward pass ends there.
 *
 * What comes before block `firstActive` runs forward only: nothing of it is recorded, no gradient of its weights and
 * no gradient of that block's input is formed. Tied parameters belong to the first block that uses them.
 *
 * @param loss - returns a float scalar
 * @param blocks - the block of each leaf by its path
 * @returns a function `(firstActive, params, …rest) => [value, gradients]`; gradients are `null` before the cut-off.
 *   Inside `jit`, make `firstActive` static: each cut-off has a plan of its own
 * @throws ArgumentError when a leaf has no block, or no leaf is in an active one
 * @example
 * const gradient = truncatedBackward(loss, (path) => 1 + Number(path[0]));
 * const step = jit((s: number, params: Tensor[], x: Tensor) => gradient(s, params, x), { static: [0] });
 * step(2, [w1, w2, w3], x)[1]; // [null, …, …]
 * @see "Drop-Muon: Update Less, Converge Faster"
 */
export function truncatedBackward<P, A extends unknown[]>(
  loss: (params: P, ...rest: A) => Tensor,
  blocks: Blocks,
): (firstActive: number, params: P, ...rest: A) => [Tensor, P] {
  const withAux = truncatedBackwardWithAux(
    (params: P, ...rest: A): [Tensor, null] => [loss(params, ...rest), null],
    blocks,
  );
  return (firstActive, params, ...rest) => {
    const [[value], gradients] = withAux(firstActive, params, ...rest);
    return [value, gradients];
  };
}

/**
 * {@link truncatedBackward} for a loss that returns [value, auxiliary], such as the running statistics of
 * normalisation, which go on in frozen blocks.
 *
 * @returns a function `(firstActive, params, …rest) => [[value, auxiliary], gradients]`
 */
export function truncatedBackwardWithAux<P, A extends unknown[], X>(
  loss: (params: P, ...rest: A) => readonly [Tensor, X],
  blocks: Blocks,
): (firstActive: number, params: P, ...rest: A) => [[Tensor, X], P] {
  return (firstActive, params, ...rest) => {
    const active = (path: readonly string[]): boolean =>
      blockOf("truncatedBackward", blocks, path) >= firstActive;
    const leaves = entriesOf("truncatedBackward", params)
      .filter(({ path }) => active(path))
      .map(({ leaf }) => leaf);
    if (leaves.length === 0) {
      throw new ArgumentError(
        `truncatedBackward: expected a parameter in block ${firstActive} or later; there is none`,
        { firstActive },
      );
    }
    const ofActive = (some: Tensor[]): readonly [Tensor, X] =>
      loss(
        replaced(params, active, some, (x) => x),
        ...rest,
      );
    const [result, gradients] = valueAndGradWithAux(ofActive)(leaves);
    return [result as [Tensor, X], replaced(params, active, gradients as Tensor[], () => null)];
  };
}

/** The parameters with other leaves where a path is active, and with what `rest` makes of them elsewhere. */
function replaced<P>(
  params: P,
  active: (path: readonly string[]) => boolean,
  leaves: readonly Tensor[],
  rest: (leaf: Tensor) => Tensor | null,
): P {
  let at = 0;
  return mapLeaves("truncatedBackward", params, (x, path) =>
    active(path) ? (leaves[at++] as Tensor) : rest(x),
  );
}

/** The block of a path, checked. */
export function blockOf(
  caller: string,
  blocks: Blocks,
  path: Entry["path"],
  count: number = Infinity,
): number {
  const block = blocks(path);
  if (Number.isInteger(block) && block >= 1 && block <= count) return block;
  const range = count === Infinity ? "≥ 1" : `from 1 to ${count}`;
  throw new ArgumentError(
    `${caller}: expected a block ${range} for every parameter; ${path.join(".")} has ${String(block)}`,
    { path, block },
  );
}
