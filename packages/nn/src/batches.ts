import {
  ArgumentError,
  isTensor,
  random,
  range,
  ShapeError,
  type Tensor,
  take,
  tree,
} from "@x/tensor";
import { showShape } from "./internal/as-tensor";
import { checkSize } from "./internal/check";

/** Options of {@link batches}. */
export interface BatchesOptions {
  /** Leave out the last batch of an epoch if it is smaller; default false. */
  readonly dropLast?: boolean | undefined;
  /** A new order in each epoch; false keeps that of the data. Default true. */
  readonly shuffle?: boolean | undefined;
  /** Passes through the data; default 1, Infinity never ends. */
  readonly epochs?: number | undefined;
  /** Step to begin at, to go on where a run was interrupted; default 0. */
  readonly from?: number | undefined;
}

/** Batches of one or more epochs; iterating twice gives the same twice. */
export interface Batches<D> extends Iterable<D> {
  /** Number of batches in an epoch. */
  readonly stepsPerEpoch: number;
  /** The batch of a step, counted through all epochs, without those before it. */
  at(step: number): D;
}

/**
 * Batches of data in random order: a permutation in each epoch that only the key and the epoch decide.
 *
 * A run can therefore be resumed at any step: `batches(key, data, size, { from: step, epochs })`.
 *
 * @param key - u32 [2]; not needed (null) with `shuffle: false`
 * @param data - a tree of tensors of n examples along axis 0
 * @param size - examples in a batch, ≥ 1
 * @returns an iterable of trees like `data`, with `stepsPerEpoch` and `at(step)`
 * @throws ShapeError when numbers of examples differ or there are none; ArgumentError for sizes and steps that are no
 *   whole numbers, or a size that leaves no batch
 * @example
 * [...batches(random.key(0), { x: arange(10) }, 4)].map(({ x }) => x.shape[0]) // [4, 4, 2]
 */
export function batches<D>(
  key: Tensor | null,
  data: D,
  size: number,
  options: BatchesOptions = {},
): Batches<D> {
  const { dropLast = false, shuffle: shuffled = true, epochs = 1, from = 0 } = options;
  const count = examplesOf("batches", data);
  checkSize("batches", "size", size);
  const stepsPerEpoch = dropLast ? Math.floor(count / size) : Math.ceil(count / size);
  if (stepsPerEpoch === 0) {
    throw new ArgumentError(
      `batches: expected a size of at most ${count}, the number of examples; got ${size}; use dropLast: false or a smaller size`,
      { size, count },
    );
  }
  if (!Number.isInteger(from) || from < 0 || !(epochs >= 0)) {
    throw new ArgumentError(
      `batches: expected a whole number ≥ 0 for from and epochs ≥ 0; got ${String(from)} and ${String(epochs)}`,
      { from, epochs },
    );
  }
  if (shuffled && key === null) {
    throw new ArgumentError("batches: expected a key; got null; pass one, or shuffle: false");
  }
  const orderOf = (epoch: number): Tensor | null =>
    shuffled ? random.permutation(random.foldIn(key as Tensor, epoch), count) : null;
  const cut = (order: Tensor | null, step: number): D => {
    const start = (step % stepsPerEpoch) * size;
    const part = range(start, Math.min(count, start + size));
    const which = order?.at(part);
    return mapTensors(data, (x) => (which === undefined ? x.at(part) : take(x, which)));
  };
  return {
    stepsPerEpoch,
    at: (step) => cut(orderOf(Math.floor(step / stepsPerEpoch)), step),
    *[Symbol.iterator]() {
      const end = epochs * stepsPerEpoch;
      let order: Tensor | null = null;
      for (let step = from; step < end; step++) {
        if (step === from || step % stepsPerEpoch === 0)
          order = orderOf(Math.floor(step / stepsPerEpoch));
        yield cut(order, step);
      }
    },
  };
}

/**
 * Examples in random order, the same for all tensors of a tree.
 *
 * @param key - u32 [2]
 * @param data - a tree of tensors of n examples along axis 0
 * @throws ShapeError when numbers of examples differ or there are none
 * @example
 * shuffle(random.key(0), [arange(3), arange(3)])
 */
export function shuffle<D>(key: Tensor, data: D): D {
  const order = random.permutation(key, examplesOf("shuffle", data));
  return mapTensors(data, (x) => take(x, order));
}

const mapTensors = <D>(data: D, f: (x: Tensor) => Tensor): D =>
  tree.map(f, data as tree.Tree<Tensor>) as D;

/** Number of examples along axis 0 of all tensors. */
function examplesOf(operation: string, data: unknown): number {
  const leaves = tree.leaves(data as tree.Tree<unknown>);
  const names = tree.names(data as tree.Tree<unknown>);
  const counts = leaves.map((x) => (isTensor(x) ? x.shape[0] : undefined));
  const bad = counts.findIndex((n) => n === undefined || n === 0 || n !== counts[0]);
  if (counts.length > 0 && bad < 0) return counts[0] as number;
  const leaf = leaves[bad];
  const text = isTensor(leaf) ? `shape ${showShape(leaf.shape)}` : typeof leaf;
  throw new ShapeError(
    `${operation}: expected tensors with one number of examples ≥ 1 along axis 0; got ${counts.length === 0 ? "no tensor" : `${text} as ${names[bad] || "data"}, beside ${counts[0]} examples`}`,
    { counts },
  );
}
