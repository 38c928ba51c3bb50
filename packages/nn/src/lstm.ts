import { ArgumentError, arange, split, stack, type Tensor, where } from "@x/tensor";
import { checkSize } from "./internal/check";
import {
  type CellWeights,
  checkRecurrent,
  checkSequence,
  type RecurrentOptions,
  type RecurrentParams,
  type RecurrentSizes,
  recurrentDims,
  recurrentInit,
  runRecurrent,
  startState,
} from "./internal/recurrent";
import type { Dims, InitOptions } from "./types";

/** Options of {@link lstm}. */
export interface LstmOptions extends RecurrentOptions {
  /** Length that h is projected to, less than `hidden`; default none. */
  readonly projection?: number;
  /** Added to the forget gate's bias at the start, 1 in many recipes; default 0. */
  readonly forgetBias?: number;
}

/** State of an {@link lstm}. */
export interface LstmState {
  /** [layers · directions, batch, hidden or projection]. */
  readonly h: Tensor;
  /** [layers · directions, batch, hidden]. */
  readonly c: Tensor;
}

/** A network of long short-term memory over sequences; see {@link lstm}. */
export interface Lstm {
  /** New parameters, uniform in ±1/√hidden. */
  init(key: Tensor, options?: InitOptions): RecurrentParams;
  /**
   * Runs over time.
   *
   * @param x - [batch, time, inputs]
   * @param state - before the first time; default zeros
   * @returns outputs [batch, time, (hidden or projection) · directions] and the last states
   */
  apply(params: RecurrentParams, x: Tensor, state?: LstmState): [output: Tensor, state: LstmState];
  /** Roles of the parameters' axes. */
  readonly dims: Dims<RecurrentParams>;
}

/**
 * Long short-term memory over sequences.
 *
 * i, f, o = σ(W x + b + V h + c), g = tanh(…), c' = f c + i g, h' = o tanh c', projected by W_hr if there is one;
 * rows of the weights are i, f, g, o.
 *
 * @param inputs - features of the sequence
 * @param hidden - length of the state
 * @returns a network with `init`, `apply` and `dims`
 * @throws ArgumentError when a size is not a positive integer, or the projection not less than `hidden`
 * @throws ShapeError when the sequence or the state has another shape
 * @see Hochreiter & Schmidhuber 1997; Gers et al. 2000; projections: Sak et al. 2014
 * @example
 * const cell = lstm(3, 8);
 * const [y, { h, c }] = cell.apply(cell.init(random.key(0)), ones([2, 10, 3]));
 */
export function lstm(inputs: number, hidden: number, options: LstmOptions = {}): Lstm {
  const { layers = 1, bidirectional = false, bias = true, projection, forgetBias = 0 } = options;
  const outputs = projection ?? hidden;
  const sizes: RecurrentSizes = {
    operation: "lstm",
    inputs,
    hidden,
    gates: 4,
    outputs,
    layers,
    directions: bidirectional ? 2 : 1,
    bias,
  };
  checkRecurrent(sizes);
  checkSize("lstm", "projection", outputs);
  if (projection !== undefined && projection >= hidden) {
    throw new ArgumentError(
      `lstm: expected a projection less than hidden = ${hidden}; got ${projection}; leave it out for none`,
      { projection, hidden },
    );
  }
  if (forgetBias !== 0 && !bias) {
    throw new ArgumentError("lstm: expected bias: true beside forgetBias; got false", {
      forgetBias,
    });
  }
  return {
    dims: recurrentDims(sizes),
    init: (key, initOptions = {}) => {
      const params = recurrentInit(sizes, key, initOptions);
      if (forgetBias === 0) return params;
      const gate = arange(4 * hidden)
        .floorDivide(hidden)
        .equal(1);
      return Object.fromEntries(
        Object.entries(params).map(([name, x]) => [
          name,
          name.startsWith("bias_ih") ? where(gate, x.add(forgetBias), x) : x,
        ]),
      );
    },
    apply: (params, x, state) => {
      checkSequence(sizes, x);
      const h = startState(sizes, "h", x, state?.h, outputs);
      const c = startState(sizes, "c", x, state?.c, hidden);
      const [y, [hs, cs]] = runRecurrent(sizes, params, x, [h, c], step);
      return [y, { h: stack(hs as Tensor[]), c: stack(cs as Tensor[]) }];
    },
  };
}

function step(
  { hh, hhBias, hr }: CellWeights,
  input: Tensor,
  [h, c]: readonly Tensor[],
): readonly Tensor[] {
  const sum = input.add((h as Tensor).matmul(hh.T));
  const parts = split(hhBias === null ? sum : sum.add(hhBias), 4, -1);
  const [i, f, g, o] = parts as [Tensor, Tensor, Tensor, Tensor];
  const next = f
    .sigmoid()
    .mul(c as Tensor)
    .add(i.sigmoid().mul(g.tanh()));
  const out = o.sigmoid().mul(next.tanh());
  return [hr === null ? out : out.matmul(hr.T), next];
}
