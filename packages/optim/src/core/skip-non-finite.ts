import { ArgumentError, ConvergenceError, type Tensor, tensor, tree, zerosLike } from "@x/tensor";
import type { GradientTransformation, OptState } from "../types";
import { checkCount, checkTransformation } from "./check";
import { fillZeros } from "./fill-zeros";
import { firstStep } from "./leafwise";
import { readScalar } from "./scalar";
import { entriesOf, mapLeaves } from "./tree";

/** State of {@link skipNonFinite}. */
export interface SkipNonFiniteState {
  /** Steps skipped since the last one that was taken. */
  readonly consecutive: Tensor;
  /** Steps skipped in all. */
  readonly total: Tensor;
  readonly inner: OptState;
  readonly [key: string]: OptState;
}

/**
 * Skips steps whose gradients have a NaN or an infinity: zero updates, and the state stays as it is.
 *
 * Inside `jit` a limit cannot throw; `Optimizer` and `train` check it between steps by `verify`.
 *
 * @param transformation - gets finite gradients only
 * @param options.maxConsecutive - skips in a row that are borne, ≥ 0; default 10
 * @throws ConvergenceError from `update` or `verify` when more steps are skipped in a row
 * @example
 * skipNonFinite(adam(1e-3), { maxConsecutive: 3 })
 */
export function skipNonFinite(
  transformation: GradientTransformation,
  options: { readonly maxConsecutive?: number } = {},
): GradientTransformation<SkipNonFiniteState> {
  checkTransformation("skipNonFinite", "transformation", transformation);
  const { maxConsecutive = 10 } = options;
  checkCount("skipNonFinite", "maxConsecutive", maxConsecutive, 0);
  const refuse = (consecutive: number): void => {
    if (consecutive <= maxConsecutive) return;
    throw new ConvergenceError(
      `skipNonFinite: expected at most ${maxConsecutive} steps in a row with NaN or infinite gradients; this is number ${consecutive}; lower the learning rate, clip gradients or look at the data`,
      { consecutive, maxConsecutive },
    );
  };
  return {
    init: (params) => ({
      consecutive: firstStep(),
      total: firstStep(),
      inner: transformation.init(params),
    }),
    update(grads, state, params, extra) {
      const finite = allFinite(grads);
      // Gradients may be known where the state is only traced; only what can all be read is decided here.
      const readable = readScalar(state.consecutive) !== undefined;
      const known = readable ? readScalar(finite) : undefined;
      if (known === 0) {
        const consecutive = state.consecutive.add(1);
        refuse(consecutive.item());
        const updates = mapLeaves("skipNonFinite", grads, (g) => zerosLike(g));
        return { updates, state: { ...state, consecutive, total: state.total.add(1) } };
      }
      if (known === 1) {
        const result = transformation.update(grads, state.inner, params, extra);
        return {
          updates: fillZeros("skipNonFinite", grads, result.updates),
          state: { consecutive: firstStep(), total: state.total, inner: result.state },
        };
      }
      // Zeros instead of what would poison decompositions inside; their result is thrown away.
      const safe = mapLeaves("skipNonFinite", grads, (g) => finite.where(g, zerosLike(g)));
      const result = transformation.update(safe, state.inner, params, extra);
      const updates = fillZeros("skipNonFinite", grads, result.updates);
      const skipped = finite.logicalNot().cast("i32");
      return {
        updates: mapLeaves("skipNonFinite", updates, (u) => finite.where(u, zerosLike(u))),
        state: {
          consecutive: state.consecutive.add(1).mul(skipped),
          total: state.total.add(skipped),
          inner: choose(finite, result.state, state.inner),
        },
      };
    },
    verify(state) {
      refuse(state.consecutive.item());
      transformation.verify?.(state.inner);
    },
    ...(transformation.describe && { describe: transformation.describe }),
  };
}

/** Whether no leaf has a NaN or an infinity; bool scalar. */
const allFinite = (grads: unknown): Tensor =>
  entriesOf("skipNonFinite", grads).reduce(
    (all: Tensor, { leaf }) => all.logicalAnd(leaf.isFinite().all()),
    tensor(true),
  );

/** One state or the other of the same structure, by a scalar. */
function choose(which: Tensor, yes: OptState, no: OptState): OptState {
  const [a, b] = [tree.flatten(yes as never), tree.flatten(no as never)];
  if (a.structure.key !== b.structure.key) {
    throw new ArgumentError(
      `skipNonFinite: expected a transformation whose state keeps its structure; got ${b.structure.key}, then ${a.structure.key}`,
    );
  }
  const before = b.leaves as readonly Tensor[];
  const leaves = (a.leaves as Tensor[]).map((x, i) => which.where(x, before[i] as Tensor));
  return tree.unflatten(a.structure, leaves) as OptState;
}
