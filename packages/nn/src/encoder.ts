import { gelu, random, type Tensor } from "@x/tensor";
import { type Block, block, type Part, type StatefulBlock, statefulBlock } from "./block";
import { dropout } from "./dropout";
import { checkFunction, checkSize } from "./internal/check";
import type { AffineParams } from "./internal/normalize";
import { layerNorm } from "./layer-norm";
import { type LinearParams, linear } from "./linear";
import {
  type MultiHeadAttentionCall,
  type MultiHeadAttentionParams,
  multiHeadAttention,
} from "./multi-head-attention";
import type { Layer, NetworkOptions, StatefulLayer } from "./types";

/** Parameters of {@link encoderLayer}, under the names of PyTorch's. */
export interface EncoderLayerParams<P = AffineParams> {
  readonly self_attn: MultiHeadAttentionParams;
  readonly linear1: LinearParams;
  readonly linear2: LinearParams;
  readonly norm1: P;
  readonly norm2: P;
}

/** Options of {@link encoderLayer}. */
export interface EncoderLayerOptions<P = AffineParams> {
  /** Width between the two linear layers; default four times the features. */
  readonly feedForward?: number | undefined;
  /** Probability of dropout after attention and after the linear layers; default 0. */
  readonly dropout?: number | undefined;
  /** Default gelu. */
  readonly activation?: ((x: Tensor) => Tensor) | undefined;
  /** Makes the normalisations; default {@link layerNorm}. */
  readonly norm?: ((features: number) => Layer<P>) | undefined;
}

/** Options of a call of an encoder. */
export interface EncoderCall extends NetworkOptions {
  /** Position i sees positions 0 … i only; default false. */
  readonly causal?: boolean | undefined;
  /** Broadcasts to [..., heads, n, n]; see `attention`. */
  readonly mask?: Tensor | undefined;
}

/**
 * Layer of a pre-norm transformer: x + attention(norm x), then x + MLP(norm x).
 *
 * @param features - width, divisible by `heads`
 * @param heads - number of attention heads
 * @returns a layer [..., n, features] → the same shape
 * @see Vaswani et al. 2017, "Attention is all you need"; pre-norm as in Xiong et al. 2020, "On layer normalization in the
 *   transformer architecture"
 * @example
 * const layer = encoderLayer(32, 4);
 * layer.apply(layer.init(random.key(0)), ones([2, 10, 32]), { causal: true }).shape // [2, 10, 32]
 */
export function encoderLayer<P = AffineParams>(
  features: number,
  heads: number,
  options: EncoderLayerOptions<P> = {},
): Block<Part, EncoderLayerParams<P>, EncoderCall> {
  const norm = (options.norm ?? layerNorm) as (features: number) => Layer<AffineParams>;
  const parts = layerParts(features, heads, norm, options);
  return block(parts, layerForward(options)) as unknown as Block<
    Part,
    EncoderLayerParams<P>,
    EncoderCall
  >;
}

/** What the two kinds of encoders share; their normalisations have state or not. */
const layerParts = <N extends Part>(
  features: number,
  heads: number,
  norm: (features: number) => N,
  { feedForward = 4 * features }: Omit<EncoderLayerOptions, "norm">,
): LayerParts<N> => {
  checkSize("encoder", "feedForward", feedForward);
  return {
    self_attn: multiHeadAttention(features, heads),
    linear1: linear(features, feedForward),
    linear2: linear(feedForward, features),
    norm1: norm(features),
    norm2: norm(features),
  };
};

interface LayerParts<N> {
  readonly [name: string]:
    | N
    | Layer<MultiHeadAttentionParams, MultiHeadAttentionCall>
    | Layer<LinearParams>;
  readonly self_attn: Layer<MultiHeadAttentionParams, MultiHeadAttentionCall>;
  readonly linear1: Layer<LinearParams>;
  readonly linear2: Layer<LinearParams>;
  readonly norm1: N;
  readonly norm2: N;
}

type Step<O = object> = (x: Tensor, options?: O) => Tensor;

interface LayerUse {
  readonly self_attn: Step<MultiHeadAttentionCall>;
  readonly linear1: Step;
  readonly linear2: Step;
  readonly norm1: Step;
  readonly norm2: Step;
}

const layerForward = ({
  dropout: rate = 0,
  activation = gelu,
}: Omit<EncoderLayerOptions, "norm">): ((
  use: unknown,
  x: Tensor,
  call: Partial<EncoderCall>,
) => Tensor) => {
  checkFunction("encoder", "activation", activation);
  const drop = dropout(rate);
  return (calls, x, { train, key, causal = false, mask }) => {
    const use = calls as LayerUse;
    const dropped = (y: Tensor, i: number): Tensor =>
      drop.apply({}, y, { train, ...(key === undefined ? {} : { key: random.foldIn(key, i) }) });
    const h = x.add(dropped(use.self_attn(use.norm1(x), { causal, mask }), 0));
    const wide = dropped(activation(use.linear1(use.norm2(h))), 1);
    return h.add(dropped(use.linear2(wide), 2));
  };
};

/** Parameters of {@link encoder}. */
export interface EncoderParams<P = AffineParams> {
  readonly layers: readonly EncoderLayerParams<P>[];
  readonly norm: P;
}

/**
 * Transformer encoder: {@link encoderLayer}s and a last normalisation.
 *
 * @param features - width, divisible by `heads`
 * @param heads - number of attention heads
 * @param layers - number of layers
 * @returns a layer [..., n, features] → the same shape
 * @example
 * const net = encoder(32, 4, 2);
 * net.apply(net.init(random.key(0)), ones([2, 10, 32])).shape // [2, 10, 32]
 */
export function encoder<P = AffineParams>(
  features: number,
  heads: number,
  layers: number,
  options: EncoderLayerOptions<P> = {},
): Block<Part, EncoderParams<P>, EncoderCall> {
  checkSize("encoder", "layers", layers);
  const norm = (options.norm ?? layerNorm) as (features: number) => Layer<AffineParams>;
  const parts = {
    layers: Array.from({ length: layers }, () => encoderLayer(features, heads, options)),
    norm: norm(features),
  };
  return block(parts, stack) as unknown as Block<Part, EncoderParams<P>, EncoderCall>;
}

const stack = (calls: unknown, x: Tensor, call: Partial<EncoderCall>): Tensor => {
  const use = calls as { readonly layers: readonly Step<EncoderCall>[]; readonly norm: Step };
  const last = use.layers.reduce((h, step, i) => {
    const own = call.key === undefined ? {} : { key: random.foldIn(call.key, i) };
    return step(h, { ...call, ...own });
  }, x);
  return use.norm(last);
};

/** Options of {@link statefulEncoder}. */
export interface StatefulEncoderOptions<P, S> extends Omit<EncoderLayerOptions, "norm"> {
  /** Makes the normalisations, such as `(features) => powerNorm({ features })`. */
  readonly norm: (features: number) => StatefulLayer<P, S>;
}

/** State of {@link statefulEncoder}. */
export interface EncoderState<S> {
  readonly layers: readonly { readonly norm1: S; readonly norm2: S }[];
  readonly norm: S;
}

/**
 * {@link encoder} whose normalisations have state, such as `powerNorm`.
 *
 * @param features - width, divisible by `heads`
 * @param heads - number of attention heads
 * @param layers - number of layers
 * @param options.norm - makes a normalisation of the last axis
 * @returns a stateful layer [..., n, features] → the same shape
 * @example
 * const net = statefulEncoder(32, 4, 2, { norm: (features) => powerNorm({ features }) });
 * const { params, state } = net.init(random.key(0));
 * const [y, next] = net.apply(params, state, ones([2, 10, 32]), { train: true });
 */
export function statefulEncoder<P, S>(
  features: number,
  heads: number,
  layers: number,
  options: StatefulEncoderOptions<P, S>,
): StatefulBlock<Part, EncoderParams<P>, EncoderState<S>, EncoderCall> {
  checkSize("statefulEncoder", "layers", layers);
  const norm = options.norm as (features: number) => StatefulLayer<unknown, unknown>;
  const layer = (): Part =>
    statefulBlock(layerParts(features, heads, norm, options) as Part, layerForward(options));
  const parts = { layers: Array.from({ length: layers }, layer), norm: norm(features) };
  return statefulBlock(parts as Part, stack) as unknown as StatefulBlock<
    Part,
    EncoderParams<P>,
    EncoderState<S>,
    EncoderCall
  >;
}
