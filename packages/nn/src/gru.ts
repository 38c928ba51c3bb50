import { split, stack, type Tensor } from "@x/tensor";
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

/** Options of {@link gru}. */
export interface GruOptions extends RecurrentOptions {
  /**
   * "after" (default) resets the product of the hidden state, as PyTorch's weights need; "before" resets the hidden
   * state itself, as in the paper.
   */
  readonly reset?: "after" | "before";
}

/** A gated recurrent network over sequences; see {@link gru}. */
export interface Gru {
  /** New parameters, uniform in ±1/√hidden. */
  init(key: Tensor, options?: InitOptions): RecurrentParams;
  /**
   * Runs over time.
   *
   * @param x - [batch, time, inputs]
   * @param state - h before the first time, [layers · directions, batch, hidden]; default zeros
   * @returns outputs [batch, time, hidden · directions] and the last state of every layer and direction
   */
  apply(params: RecurrentParams, x: Tensor, state?: Tensor): [output: Tensor, state: Tensor];
  /** Roles of the parameters' axes. */
  readonly dims: Dims<RecurrentParams>;
}

/**
 * Gated recurrent units over sequences.
 *
 * r = σ(W_ir x + b_ir + W_hr h + b_hr), z likewise, n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn)),
 * h' = (1 − z) n + z h; rows of the weights are r, z, n.
 *
 * @param inputs - features of the sequence
 * @param hidden - length of the state
 * @returns a network with `init`, `apply` and `dims`
 * @throws ArgumentError when a size is not a positive integer
 * @throws ShapeError when the sequence or the state has another shape
 * @see Cho et al. 2014; the reset after the product as in cuDNN
 * @example
 * const cell = gru(3, 8);
 * const [y, h] = cell.apply(cell.init(random.key(0)), ones([2, 10, 3]));
 */
export function gru(inputs: number, hidden: number, options: GruOptions = {}): Gru {
  const { layers = 1, bidirectional = false, bias = true, reset = "after" } = options;
  const sizes: RecurrentSizes = {
    operation: "gru",
    inputs,
    hidden,
    gates: 3,
    outputs: hidden,
    layers,
    directions: bidirectional ? 2 : 1,
    bias,
  };
  checkRecurrent(sizes);
  const step = reset === "after" ? resetAfter : resetBefore;
  return {
    dims: recurrentDims(sizes),
    init: (key, initOptions = {}) => recurrentInit(sizes, key, initOptions),
    apply: (params, x, state) => {
      checkSequence(sizes, x);
      const start = startState(sizes, "the state", x, state, hidden);
      const [y, [last]] = runRecurrent(sizes, params, x, [start], (weights, input, [h]) => [
        step(weights, input, h as Tensor),
      ]);
      return [y, stack(last as Tensor[])];
    },
  };
}

function resetAfter({ hh, hhBias }: CellWeights, input: Tensor, h: Tensor): Tensor {
  const product = h.matmul(hh.T);
  const [ir, iz, candidate] = split(input, 3, -1) as [Tensor, Tensor, Tensor];
  const parts = split(hhBias === null ? product : product.add(hhBias), 3, -1);
  const [hr, hz, hn] = parts as [Tensor, Tensor, Tensor];
  const n = candidate.add(ir.add(hr).sigmoid().mul(hn)).tanh();
  return n.add(iz.add(hz).sigmoid().mul(h.sub(n)));
}

function resetBefore({ hh, hhBias }: CellWeights, input: Tensor, h: Tensor): Tensor {
  const [ir, iz, candidate] = split(input, 3, -1) as [Tensor, Tensor, Tensor];
  const [wr, wz, wn] = split(hh, 3) as [Tensor, Tensor, Tensor];
  const biases = hhBias === null ? [] : split(hhBias, 3);
  const from = (v: Tensor, w: Tensor, i: number): Tensor => {
    const [product, offset] = [v.matmul(w.T), biases[i]];
    return offset === undefined ? product : product.add(offset);
  };
  const r = ir.add(from(h, wr, 0)).sigmoid();
  const z = iz.add(from(h, wz, 1)).sigmoid();
  const n = candidate.add(from(r.mul(h), wn, 2)).tanh();
  return n.add(z.mul(h.sub(n)));
}
