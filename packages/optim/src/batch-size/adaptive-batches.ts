import { ArgumentError, random, ShapeError, type Tensor, tensor, tree } from "@x/tensor";
import { checkCount } from "../core/check";
import { entriesOf } from "../core/tree";
import type { BatchSizeController } from "./batch-size-controller";

/** One batch of {@link adaptiveBatches}. */
export interface AdaptiveBatch<D> {
  /** The examples, in the structure of the data. */
  readonly data: D;
  /** The same in parts of the controller's `microBatch` examples; computed when asked for. */
  micro(): D[];
  /** Which examples, i32. */
  readonly indices: Int32Array;
  /** Number of examples. */
  readonly size: number;
  /** Passes through the data begun before this one. */
  readonly epoch: number;
  /** Examples handed out before this batch: what a learning rate should depend on. */
  readonly samples: number;
}

/** Position of {@link adaptiveBatches} as plain JSON. */
export interface AdaptiveBatchesState {
  /** Number of the pass. */
  readonly epoch: number;
  /** Examples of the pass handed out so far. */
  readonly position: number;
  /** Examples of all passes handed out so far. */
  readonly samples: number;
}

/** Batches without end; see {@link adaptiveBatches}. */
export interface AdaptiveBatches<D> extends IterableIterator<AdaptiveBatch<D>> {
  /** The next batch; there always is one. */
  next(): IteratorYieldResult<AdaptiveBatch<D>>;
  /** What `restore` takes. */
  toJSON(): AdaptiveBatchesState;
  /** Goes on from a stored state. */
  restore(state: AdaptiveBatchesState): void;
}

/**
 * Shuffled batches whose size follows a controller: what it decides after one batch holds for the next.
 *
 * Each pass has an order of its own, made from the key and the number of the pass. When fewer examples are left
 * than a batch takes, a new pass begins, so no batch has an example twice.
 *
 * @param data - a tree of tensors [n, …] with one n
 * @param controller - asked for its current size at every batch
 * @param options.key - a key of `random`; default `random.key(0)`
 * @throws ShapeError when the tensors differ in n, ArgumentError when there are none or a batch needs more than n
 * @example
 * for (const { data, size } of adaptiveBatches({ x, y }, controller)) {
 *   const perExample = gradients(params, data);
 *   controller.observe(gradientStats.fromPerSample(perExample));
 *   if (size === x.shape[0]) break;
 * }
 */
export function adaptiveBatches<D>(
  data: D,
  controller: Pick<BatchSizeController, "current">,
  options: { readonly key?: Tensor } = {},
): AdaptiveBatches<D> {
  const count = examples(data);
  const { key = random.key(0) } = options;
  let state: AdaptiveBatchesState = { epoch: 0, position: 0, samples: 0 };
  let order: { readonly epoch: number; readonly indices: Int32Array } | undefined;
  const orderOf = (epoch: number): Int32Array => {
    if (order?.epoch !== epoch) {
      const permutation = random.permutation(random.foldIn(key, epoch), count);
      order = { epoch, indices: permutation.dataSync() as Int32Array };
    }
    return order.indices;
  };
  const draw = (): AdaptiveBatch<D> => {
    const { batchSize: size, microBatch } = controller.current();
    if (size > count) {
      throw new ArgumentError(
        `adaptiveBatches: expected batches of at most ${count} examples; the controller asks for ${size}; lower its max`,
        { size, count },
      );
    }
    const over = state.position + size > count;
    const epoch = over ? state.epoch + 1 : state.epoch;
    const from = over ? 0 : state.position;
    const indices = orderOf(epoch).slice(from, from + size);
    const { samples } = state;
    state = { epoch, position: from + size, samples: samples + size };
    const part = (some: Int32Array): D => pick(data, some);
    const micro = (): D[] =>
      Array.from({ length: Math.ceil(size / microBatch) }, (_, i) =>
        part(indices.slice(i * microBatch, (i + 1) * microBatch)),
      );
    return { data: part(indices), micro, indices, size, epoch, samples };
  };
  return {
    next: () => ({ done: false, value: draw() }),
    [Symbol.iterator]() {
      return this;
    },
    toJSON: () => state,
    restore(stored) {
      for (const name of ["epoch", "position", "samples"] as const) {
        checkCount("adaptiveBatches.restore", name, stored[name], 0);
      }
      state = { epoch: stored.epoch, position: stored.position, samples: stored.samples };
    },
  };
}

const pick = <D>(data: D, indices: Int32Array): D => {
  const at = tensor(indices);
  return tree.map((x: Tensor) => x.at(at), data as never) as D;
};

function examples(data: unknown): number {
  const entries = entriesOf("adaptiveBatches", data);
  const count = entries[0]?.leaf.shape[0];
  if (count === undefined) {
    throw new ArgumentError("adaptiveBatches: expected tensors [n, …]; got no tensor with an axis");
  }
  const odd = entries.find(({ leaf }) => leaf.shape[0] !== count);
  if (odd !== undefined) {
    throw new ShapeError(
      `adaptiveBatches: expected as many examples in every tensor; the first has ${count}, ${odd.path.join(".")} has shape [${odd.leaf.shape.join(", ")}]`,
      { path: odd.path, shape: odd.leaf.shape },
    );
  }
  return count;
}
