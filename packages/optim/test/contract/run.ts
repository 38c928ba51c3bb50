import { grad, hvp, jit, type Tensor, tree } from "@x/tensor";
import {
  applyUpdates,
  type Extra,
  type GradientTransformation,
  type OptState,
} from "../../src/index";

/** Parameters of the objectives. */
export type Params = Record<string, Tensor>;

/** Parameters and state between steps. */
export interface Place {
  readonly params: Params;
  readonly state: OptState;
}

/** Everything a method may ask for, as one loop would pass it to any of them. */
export const everything = (loss: (p: Params) => Tensor, params: Params): Extra => ({
  value: loss(params),
  valueFn: loss as (p: never) => Tensor,
  gradFn: grad(loss) as (p: never) => unknown,
  hvp: ((v: Params) => hvp(loss)(params, v)) as (v: never) => unknown,
  batchSize: 1,
  somethingUnknown: "to be ignored",
});

/** One step of an optimiser on a loss. */
export const stepOf =
  (t: GradientTransformation, loss: (p: Params) => Tensor) =>
  ({ params, state }: Place): Place => {
    const result = t.update(grad(loss)(params), state, params, everything(loss, params));
    return { params: applyUpdates(params, result.updates), state: result.state };
  };

/** The same compiled. */
export const compiledStepOf = (
  t: GradientTransformation,
  loss: (p: Params) => Tensor,
): ((place: Place) => Place) => jit(stepOf(t, loss));

/** Where an optimiser begins. */
export const begin = (t: GradientTransformation, params: Params): Place => ({
  params,
  state: t.init(params),
});

/** Where it is after some steps. */
export function walk(place: Place, steps: number, step: (place: Place) => Place): Place {
  let at = place;
  for (let i = 0; i < steps; i++) at = step(at);
  return at;
}

/** All numbers of a tree, exactly. */
export const numbersOf = (t: unknown): number[][] =>
  (tree.leaves(t) as Tensor[]).map((x) => Array.from(x.dataSync()));
