import { arange, gelu, random, ShapeError, type Tensor } from "@x/tensor";
import { attention } from "./attention";
import { type Block, block, type Part } from "./block";
import { dropout } from "./dropout";
import { type EmbeddingParams, embedding } from "./embedding";
import { normal } from "./init/normal";
import { showShape } from "./internal/as-tensor";
import { checkSize } from "./internal/check";
import type { AffineParams } from "./internal/normalize";
import { layerNorm } from "./layer-norm";
import { type LinearParams, linear } from "./linear";
import type { LoadOptions } from "./load-state-dict";
import type { NetworkOptions } from "./types";
import { withInit } from "./with-init";

/** Parameters of a layer of {@link transformer}. */
export interface TransformerLayerParams {
  readonly ln_1: AffineParams;
  /** c_attn: queries, keys and values in one; c_proj: output. */
  readonly attn: { readonly c_attn: LinearParams; readonly c_proj: LinearParams };
  readonly ln_2: AffineParams;
  readonly mlp: { readonly c_fc: LinearParams; readonly c_proj: LinearParams };
}

/** Parameters of {@link transformer}, under GPT-2's names. */
export interface TransformerParams {
  /** Embedding of tokens, and its transpose the output layer. */
  readonly wte: EmbeddingParams;
  /** Embedding of positions. */
  readonly wpe: EmbeddingParams;
  readonly h: readonly TransformerLayerParams[];
  readonly ln_f: AffineParams;
}

/** Options of {@link transformer}. */
export interface TransformerOptions {
  /** Number of tokens. */
  readonly vocabulary: number;
  /** Longest sequence. */
  readonly positions: number;
  /** Width, divisible by `heads`. */
  readonly features: number;
  /** Number of layers. */
  readonly layers: number;
  /** Number of attention heads. */
  readonly heads: number;
  /** Width between the two linear layers of an MLP; default four times the features. */
  readonly feedForward?: number | undefined;
  /** Probability of dropout after embeddings, attention and MLPs; default 0. */
  readonly dropout?: number | undefined;
}

/**
 * Language model like GPT-2: a causal pre-norm transformer whose output layer is its token embedding.
 *
 * Weights begin normal with deviation 0.02, those that end residual branches divided by √(2 · layers). Weights have the
 * layout [out, in]; GPT-2's own files have [in, out] and load by {@link gpt2Names}.
 *
 * @returns a layer from tokens, integers [batch, n], to logits [batch, n, vocabulary]
 * @throws ArgumentError for sizes that are not positive integers or heads that do not divide the features
 * @throws ShapeError for sequences longer than `positions`
 * @see Radford et al. 2019, "Language models are unsupervised multitask learners"
 * @example
 * const net = transformer({ vocabulary: 65, positions: 64, features: 64, layers: 2, heads: 4 });
 * net.apply(net.init(random.key(0)), zeros([1, 10], { dtype: "i32" })).shape // [1, 10, 65]
 */
export function transformer(
  options: TransformerOptions,
): Block<Part, TransformerParams, NetworkOptions> {
  const { vocabulary, positions, features, layers, heads, dropout: rate = 0 } = options;
  const { feedForward = 4 * features } = options;
  checkSize("transformer", "layers", layers);
  checkSize("transformer", "feedForward", feedForward);
  const drop = dropout(rate);
  const parts = {
    wte: withInit(embedding(vocabulary, features), normal),
    wpe: withInit(embedding(positions, features), normal),
    h: Array.from({ length: layers }, () => layer(features, heads, feedForward, layers, rate)),
    ln_f: layerNorm(features),
  };
  return block(
    parts,
    (use, tokens, call: Partial<NetworkOptions>) => {
      const n = tokens.shape.at(-1) ?? 0;
      if (tokens.shape.length < 1 || n > positions) {
        throw new ShapeError(
          `transformer: expected sequences of at most ${positions} tokens; got shape ${showShape(tokens.shape)}; cut them or make a network with more positions`,
          { shape: tokens.shape, positions },
        );
      }
      const { train, key } = call;
      const noise = (i: number): { key?: Tensor } =>
        key === undefined ? {} : { key: random.foldIn(key, i) };
      const start = use.wte(tokens).add(use.wpe(arange(n, { dtype: "i32" })));
      const steps = use.h as unknown as readonly ((x: Tensor, c: NetworkOptions) => Tensor)[];
      const last = steps.reduce(
        (h, step, i) => step(h, { train, ...noise(i + 1) }),
        drop.apply({}, start, { train, ...noise(0) }),
      );
      return use.ln_f(last).matmul(use.wte.params.weight.T);
    },
    {
      multiplyAdds: (_, y) => y.size * features,
    },
  ) as unknown as Block<Part, TransformerParams, NetworkOptions>;
}

function layer(
  features: number,
  heads: number,
  feedForward: number,
  count: number,
  rate: number,
): Block<Part, TransformerLayerParams, NetworkOptions> {
  const dense = (inputs: number, outputs: number, last: boolean): ReturnType<typeof linear> =>
    withInit(linear(inputs, outputs), (key, shape, init) =>
      normal(key, shape, { ...init, ...(last ? { residualBlocks: count } : {}) }),
    );
  const drop = dropout(rate);
  const core = {
    c_attn: dense(features, 3 * features, false),
    c_proj: dense(features, features, true),
  };
  const parts = {
    ln_1: layerNorm(features),
    attn: block(core, (use, x) => use.c_proj(causal(use.c_attn(x), heads)), {
      multiplyAdds: (x) => 2 * x.size * (x.shape.at(-2) as number),
    }),
    ln_2: layerNorm(features),
    mlp: { c_fc: dense(features, feedForward, false), c_proj: dense(feedForward, features, true) },
  };
  return block(parts, (use, x, { train, key }: Partial<NetworkOptions>) => {
    const dropped = (y: Tensor, i: number): Tensor =>
      drop.apply({}, y, { train, ...(key === undefined ? {} : { key: random.foldIn(key, i) }) });
    const h = x.add(dropped(use.attn(use.ln_1(x)), 0));
    const wide = gelu(use.mlp.c_fc(use.ln_2(h)), true);
    return h.add(dropped(use.mlp.c_proj(wide), 1));
  }) as unknown as Block<Part, TransformerLayerParams, NetworkOptions>;
}

/** Causal attention of [..., n, 3 · features] by heads: [..., n, features]. */
function causal(joint: Tensor, heads: number): Tensor {
  const [q, k, v] = joint.split(3, -1).map((x) => {
    const width = (x.shape.at(-1) as number) / heads;
    return x.reshape([...x.shape.slice(0, -1), heads, width]).swapAxes(-2, -3);
  }) as [Tensor, Tensor, Tensor];
  const y = attention(q, k, v, { causal: true }).swapAxes(-2, -3);
  return y.reshape([...joint.shape.slice(0, -1), (joint.shape.at(-1) as number) / 3]);
}

/**
 * Options of `loadStateDict` for GPT-2's files: a prefix `transformer.` goes, buffers of masks and the tied output layer
 * are left out, and weights come as their transposes.
 *
 * @example
 * const params = loadStateDict(net.init(key), bytes, gpt2Names);
 */
export const gpt2Names: LoadOptions = {
  rename: (name) => {
    const own = name.replace(/^transformer\./, "");
    return /^lm_head\.|\.attn\.(masked_)?bias$/.test(own) ? null : own;
  },
  transpose: (name) => /\.c_(attn|proj|fc)\.weight$/.test(name),
};
