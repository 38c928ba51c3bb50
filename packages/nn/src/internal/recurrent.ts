import { concat, random, ShapeError, scan, type Tensor, zeros } from "@x/tensor";
import type { AxisRoles, Dims, InitOptions } from "../types";
import { checkFeatures, checkSize } from "./check";
import { symmetricUniform } from "./symmetric-uniform";

/**
 * Parameters of a recurrent network, under the names of a PyTorch state dict: `weight_ih_l{k}` [gates · hidden,
 * inputs], `weight_hh_l{k}` [gates · hidden, hidden], `bias_ih_l{k}` and `bias_hh_l{k}` [gates · hidden], with
 * `_reverse` behind for the other direction; an LSTM with projections has `weight_hr_l{k}` [projection, hidden].
 */
export type RecurrentParams = Readonly<Record<string, Tensor>>;

/** Options that recurrent networks share. */
export interface RecurrentOptions {
  /** Layers, each fed with the output of the one before; default 1. */
  readonly layers?: number;
  /** A second network from the last time to the first, its outputs behind those of the first; default false. */
  readonly bidirectional?: boolean;
  /** Add biases; default true. */
  readonly bias?: boolean;
}

/** Names of one layer in one direction. */
const namesOf = (layer: number, direction: number): string =>
  `_l${layer}${direction === 1 ? "_reverse" : ""}`;

/** The sizes that a recurrent network consists of. */
export interface RecurrentSizes {
  readonly operation: string;
  readonly inputs: number;
  readonly hidden: number;
  /** Rows of the weights are so many times `hidden`. */
  readonly gates: number;
  /** Length of what a step passes on as its output: `hidden`, or less with projections. */
  readonly outputs: number;
  readonly layers: number;
  readonly directions: number;
  readonly bias: boolean;
}

/** @throws ArgumentError unless all sizes are positive integers */
export function checkRecurrent(sizes: RecurrentSizes): void {
  checkSize(sizes.operation, "inputs", sizes.inputs);
  checkSize(sizes.operation, "hidden", sizes.hidden);
  checkSize(sizes.operation, "layers", sizes.layers);
}

/** Shapes of all parameters by name. */
function shapesOf(sizes: RecurrentSizes): [name: string, shape: readonly number[]][] {
  const { inputs, hidden, gates, outputs, layers, directions, bias } = sizes;
  const rows = gates * hidden;
  const shapes: [string, readonly number[]][] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let direction = 0; direction < directions; direction++) {
      const name = namesOf(layer, direction);
      shapes.push([`weight_ih${name}`, [rows, layer === 0 ? inputs : outputs * directions]]);
      shapes.push([`weight_hh${name}`, [rows, outputs]]);
      if (bias) shapes.push([`bias_ih${name}`, [rows]], [`bias_hh${name}`, [rows]]);
      if (outputs !== hidden) shapes.push([`weight_hr${name}`, [outputs, hidden]]);
    }
  }
  return shapes;
}

/** Uniform in ±1/√hidden. */
export function recurrentInit(
  sizes: RecurrentSizes,
  key: Tensor,
  options: InitOptions,
): Record<string, Tensor> {
  const bound = 1 / Math.sqrt(sizes.hidden);
  const shapes = shapesOf(sizes);
  const keys: readonly Tensor[] = random.split(key, shapes.length);
  return Object.fromEntries(
    shapes.map(([name, shape], i) => [
      name,
      symmetricUniform(keys[i] as Tensor, shape, bound, options),
    ]),
  );
}

/** Matrices are [out, in]. */
export const recurrentDims = (sizes: RecurrentSizes): Dims<RecurrentParams> =>
  Object.fromEntries(
    shapesOf(sizes).map(([name, shape]): [string, AxisRoles] => [
      name,
      shape.length === 2 ? { out: 0, in: 1 } : {},
    ]),
  );

/** Weights of one direction of one layer as a step sees them. */
export interface CellWeights {
  /** [gates · hidden, outputs]. */
  readonly hh: Tensor;
  /** [gates · hidden], or null. */
  readonly hhBias: Tensor | null;
  /** [projection, hidden], or null. */
  readonly hr: Tensor | null;
}

/**
 * Runs layers and directions over time.
 *
 * The products with the inputs do not wait for one another, so they are one product for all times; only those with
 * the hidden state are in the loop.
 *
 * @param x - [batch, time, inputs]
 * @param start - for each layer and direction a state, each tensor [layers · directions, batch, …]
 * @param step - (weights, W_ih x_t + b_ih, state) → next state, whose first tensor is the output
 * @returns outputs [batch, time, outputs · directions] and last states, stacked as they came
 */
export function runRecurrent(
  sizes: RecurrentSizes,
  params: RecurrentParams,
  x: Tensor,
  start: readonly Tensor[],
  step: (weights: CellWeights, fromInput: Tensor, state: readonly Tensor[]) => readonly Tensor[],
): [output: Tensor, last: Tensor[][]] {
  const { layers, directions, bias, hidden, outputs } = sizes;
  let series = x.swapAxes(0, 1);
  const last: Tensor[][] = start.map(() => []);
  for (let layer = 0; layer < layers; layer++) {
    const results: Tensor[] = [];
    for (let direction = 0; direction < directions; direction++) {
      const name = namesOf(layer, direction);
      const get = (kind: string): Tensor => params[`${kind}${name}`] as Tensor;
      const weights: CellWeights = {
        hh: get("weight_hh"),
        hhBias: bias ? get("bias_hh") : null,
        hr: outputs === hidden ? null : get("weight_hr"),
      };
      const product = series.matmul(get("weight_ih").T);
      const fromInput = bias ? product.add(get("bias_ih")) : product;
      const index = layer * directions + direction;
      const [end, ys] = scan(
        (state: readonly Tensor[], input: Tensor) => {
          const next = step(weights, input, state);
          return [next, next[0] as Tensor];
        },
        start.map((s) => s.at(index)),
        fromInput,
        { reverse: direction === 1 },
      );
      end.forEach((s, i) => {
        last[i]?.push(s);
      });
      results.push(ys);
    }
    series = results.length === 1 ? (results[0] as Tensor) : concat(results, -1);
  }
  return [series.swapAxes(0, 1), last];
}

/** @throws ShapeError unless x is [batch, time ≥ 1, inputs] */
export function checkSequence({ operation, inputs }: RecurrentSizes, x: Tensor): void {
  checkFeatures(operation, x, -1, inputs, 3);
  if (x.shape.length === 3 && x.shape[1] !== 0) return;
  throw new ShapeError(
    `${operation}: expected [batch, time, ${inputs}] with at least one time; got shape [${x.shape.join(", ")}]`,
    { shape: x.shape },
  );
}

/**
 * A given state, or zeros.
 *
 * @throws ShapeError unless it is [layers · directions, batch, length]
 */
export function startState(
  { operation, layers, directions }: RecurrentSizes,
  name: string,
  x: Tensor,
  given: Tensor | undefined,
  length: number,
): Tensor {
  const shape = [layers * directions, x.shape[0] as number, length];
  if (given === undefined) return zeros(shape, { dtype: x.dtype === "f64" ? "f64" : "f32" });
  if (given.shape.length === 3 && shape.every((n, i) => given.shape[i] === n)) return given;
  throw new ShapeError(
    `${operation}: expected ${name} of shape [${shape.join(", ")}], [layers · directions, batch, length]; got [${given.shape.join(", ")}]`,
    { [name]: given.shape, expected: shape },
  );
}
