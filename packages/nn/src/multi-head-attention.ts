import { ArgumentError, random, split, type Tensor, zeros } from "@x/tensor";
import { attention } from "./attention";
import { checkFeatures, checkSize } from "./internal/check";
import { symmetricUniform } from "./internal/symmetric-uniform";
import { type LinearParams, linear } from "./linear";
import type { InitOptions, Layer } from "./types";

/** Parameters of {@link multiHeadAttention}, under the names of a PyTorch state dict. */
export interface MultiHeadAttentionParams {
  /** [3 features, features], rows for queries, keys, values; null with other key or value widths. */
  readonly in_proj_weight: Tensor | null;
  /** [features, features]; null where `in_proj_weight` is there. */
  readonly q_proj_weight: Tensor | null;
  /** [features, key width]; null where `in_proj_weight` is there. */
  readonly k_proj_weight: Tensor | null;
  /** [features, value width]; null where `in_proj_weight` is there. */
  readonly v_proj_weight: Tensor | null;
  /** [3 features]; null without bias. */
  readonly in_proj_bias: Tensor | null;
  /** weight [features, features], bias [features]. */
  readonly out_proj: LinearParams;
}

/** Options of {@link multiHeadAttention}. */
export interface MultiHeadAttentionOptions {
  /** Biases of all projections; default true. */
  readonly bias?: boolean;
  /** Features of the keys; default those of the queries. */
  readonly keyFeatures?: number;
  /** Features of the values; default those of the queries. */
  readonly valueFeatures?: number;
  /** Keys whose scores are held at once; default as of {@link attention}. */
  readonly block?: number;
}

/** Options of a call of {@link multiHeadAttention}. */
export interface MultiHeadAttentionCall {
  /** [..., m, key features]; default x, which is self-attention. */
  readonly keys?: Tensor | undefined;
  /** [..., m, value features]; default the keys. */
  readonly values?: Tensor | undefined;
  /** Broadcasts to [..., heads, n, m]; see {@link attention}. */
  readonly mask?: Tensor | undefined;
  /** Position i sees positions 0 … i only; default false. */
  readonly causal?: boolean;
}

/**
 * Attention by several heads, each on its own part of the projected features.
 *
 * concat_h attention(x W_qᵀ, keys W_kᵀ, values W_vᵀ)_h W_oᵀ; heads are contiguous parts of the feature axis. Input
 * projections begin Xavier uniform, the output projection uniform in ±1/√features, biases zero.
 *
 * @param features - width of queries and output, divisible by `heads`
 * @param heads - number of heads
 * @returns a layer [..., n, features] → the same shape
 * @throws ArgumentError when heads do not divide the features
 * @throws ShapeError when inputs have other widths
 * @see Vaswani et al. 2017, §3.2.2
 * @example
 * const layer = multiHeadAttention(64, 4);
 * layer.apply(layer.init(random.key(0)), ones([2, 10, 64]), { causal: true }).shape // [2, 10, 64]
 */
export function multiHeadAttention(
  features: number,
  heads: number,
  options: MultiHeadAttentionOptions = {},
): Layer<MultiHeadAttentionParams, MultiHeadAttentionCall> {
  const { bias = true, keyFeatures = features, valueFeatures = features, block } = options;
  checkSize("multiHeadAttention", "features", features);
  checkSize("multiHeadAttention", "heads", heads);
  checkSize("multiHeadAttention", "keyFeatures", keyFeatures);
  checkSize("multiHeadAttention", "valueFeatures", valueFeatures);
  if (features % heads !== 0) {
    throw new ArgumentError(
      `multiHeadAttention: expected heads that divide ${features} features; got ${heads}`,
      { features, heads },
    );
  }
  const joint = keyFeatures === features && valueFeatures === features;
  const output = linear(features, features, { bias });
  const matrix = { out: 0, in: 1 } as const;
  return {
    dims: {
      in_proj_weight: joint ? matrix : null,
      q_proj_weight: joint ? null : matrix,
      k_proj_weight: joint ? null : matrix,
      v_proj_weight: joint ? null : matrix,
      in_proj_bias: bias ? {} : null,
      out_proj: output.dims,
    },
    init: (key, initOptions = {}) => {
      const { dtype = "f32" } = initOptions;
      const [forOut, ...keys] = random.split(key, 4);
      const out = output.init(forOut, initOptions);
      const xavier = (at: number, rows: number, columns: number): Tensor =>
        xavierUniform(keys[at] as Tensor, rows, columns, initOptions);
      return {
        in_proj_weight: joint ? xavier(0, 3 * features, features) : null,
        q_proj_weight: joint ? null : xavier(0, features, features),
        k_proj_weight: joint ? null : xavier(1, features, keyFeatures),
        v_proj_weight: joint ? null : xavier(2, features, valueFeatures),
        in_proj_bias: bias ? zeros([3 * features], { dtype }) : null,
        out_proj: { weight: out.weight, bias: bias ? zeros([features], { dtype }) : null },
      };
    },
    apply: (params, x, { keys = x, values = keys, mask, causal = false } = {}) => {
      checkFeatures("multiHeadAttention", x, -1, features, 2);
      checkFeatures("multiHeadAttention keys", keys, -1, keyFeatures, 2);
      checkFeatures("multiHeadAttention values", values, -1, valueFeatures, 2);
      const projected = project(params, x, keys, values);
      const [q, k, v] = projected.map((y) => splitHeads(y, heads)) as [Tensor, Tensor, Tensor];
      const y = attention(q, k, v, { mask, causal, block }).swapAxes(-2, -3);
      return output.apply(params.out_proj, y.reshape([...x.shape.slice(0, -1), features]));
    },
  };
}

const xavierUniform = (key: Tensor, rows: number, columns: number, options: InitOptions): Tensor =>
  symmetricUniform(key, [rows, columns], Math.sqrt(6 / (rows + columns)), options);

/** Queries, keys and values before they are split into heads; one product where they come from one input. */
function project(
  params: MultiHeadAttentionParams,
  x: Tensor,
  keys: Tensor,
  values: Tensor,
): Tensor[] {
  const { in_proj_weight: joint, in_proj_bias: bias } = params;
  if (joint !== null && keys === x && values === x) {
    const y = x.matmul(joint.T);
    return split(bias === null ? y : y.add(bias), 3, -1);
  }
  const weights =
    joint === null
      ? [params.q_proj_weight, params.k_proj_weight, params.v_proj_weight]
      : split(joint, 3);
  const offsets = bias === null ? [] : split(bias, 3);
  return [x, keys, values].map((input, i) => {
    const y = input.matmul((weights[i] as Tensor).T);
    const offset = offsets[i];
    return offset === undefined ? y : y.add(offset);
  });
}

/** [..., n, features] → [..., heads, n, features / heads]. */
const splitHeads = (x: Tensor, heads: number): Tensor =>
  x.reshape([...x.shape.slice(0, -1), heads, (x.shape.at(-1) as number) / heads]).swapAxes(-2, -3);
