import {
  ArgumentError,
  type GradientOf,
  isTensor,
  type Tensor,
  tree,
  valueAndGradWithAux,
} from "@x/tensor";

const isFloat = (x: unknown): x is Tensor =>
  isTensor(x) && (x.dtype === "f32" || x.dtype === "f64");

/**
 * Value, new state and gradient of a loss whose network has state.
 *
 * Some layers, such as {@link powerNorm}, learn something for their state in the backward pass. They hand it over as
 * the gradient of that state, which this function adds to the state that the forward pass returned. The statistics
 * of other layers are constants of the loss; their gradient is zero.
 *
 * @param f - (params, state, …) → [scalar loss, new state of the same structure]
 * @returns a function of the same arguments → [[loss, new state], gradient of params]
 * @throws ArgumentError when the structure of the state changes, and as `grad`
 * @example
 * const step = valueAndGradWithState((params, state, x: Tensor) => {
 *   const [y, next] = layer.apply(params, state, x, { train: true });
 *   return [y.square().mean(), next];
 * });
 * const [[loss, next], gradient] = step(params, state, x);
 */
export function valueAndGradWithState<P, S, A extends unknown[]>(
  f: (params: P, state: S, ...rest: A) => readonly [Tensor, S],
): (params: P, state: S, ...rest: A) => [[loss: Tensor, state: S], GradientOf<P>] {
  return (params, state, ...rest) => {
    const { leaves, structure } = tree.flatten(state as tree.Tree<Tensor>);
    const loss = (p: P, floats: readonly Tensor[]): readonly [Tensor, S] => {
      let next = 0;
      const all = leaves.map((x) => (isFloat(x) ? (floats[next++] as Tensor) : x));
      return f(p, tree.unflatten(structure, all) as S, ...rest);
    };
    const floats = leaves.filter(isFloat);
    const [[value, after], [gradient, slopes]] = valueAndGradWithAux(loss, { argnums: [0, 1] })(
      params,
      floats,
    ) as unknown as [[Tensor, S], [GradientOf<P>, Tensor[]]];
    let next = 0;
    const learned = leaves.map((x) => (isFloat(x) ? (slopes[next++] as Tensor) : null));
    const flat = tree.flatten(after as tree.Tree<Tensor>);
    if (flat.structure.key !== structure.key) {
      throw new ArgumentError(
        `valueAndGradWithState: expected the new state to have the structure of the old one, ${structure.key}; got ${flat.structure.key}; return every part of the state`,
        { expected: structure.key, actual: flat.structure.key },
      );
    }
    const sums = flat.leaves.map((x, i) => (learned[i] ? x.add(learned[i] as Tensor) : x));
    return [[value, tree.unflatten(flat.structure, sums) as S], gradient];
  };
}
