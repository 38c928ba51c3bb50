import { random, type Tensor, tensor, type tree } from "@x/tensor";
import * as nn from "../../src/index";

/** A layer of either kind. */
export type AnyLayer = nn.Layer<unknown, unknown> | nn.StatefulLayer<unknown, unknown, unknown>;

/** A layer, and an input for it. */
export interface LayerCase {
  readonly name: string;
  readonly layer: AnyLayer;
  /** Shape of the input, or tokens. */
  readonly input: readonly number[] | Tensor;
  /** Options of the call. */
  readonly call?: object;
  /** The axis that has the features, for refusals; default 1. */
  readonly axis?: number;
  /** False where the backward pass is not the derivative, by design. */
  readonly exact?: boolean;
}

const tokens = tensor(
  [
    [1, 0, 3],
    [2, 2, 4],
  ],
  { dtype: "i32" },
);
const image = [2, 4, 6, 6] as const;

/** All layers and networks; a new one joins by a line. */
export const layerCases: readonly LayerCase[] = [
  { name: "linear", layer: nn.linear(4, 3), input: [5, 4] },
  { name: "conv1d", layer: nn.conv1d(4, 3, 3), input: [2, 4, 7] },
  { name: "conv2d", layer: nn.conv2d(4, 6, 3, { stride: 2, padding: 1, groups: 2 }), input: image },
  { name: "conv3d", layer: nn.conv3d(2, 3, 2), input: [1, 2, 3, 3, 3] },
  { name: "convTranspose1d", layer: nn.convTranspose1d(4, 3, 3, { stride: 2 }), input: [2, 4, 5] },
  { name: "convTranspose2d", layer: nn.convTranspose2d(4, 3, 2, { stride: 2 }), input: image },
  { name: "convTranspose3d", layer: nn.convTranspose3d(2, 3, 2), input: [1, 2, 3, 3, 3] },
  { name: "embedding", layer: nn.embedding(5, 4), input: tokens },
  { name: "batchNorm", layer: nn.batchNorm(4), input: image },
  {
    name: "ghostBatchNorm",
    layer: nn.ghostBatchNorm({ features: 4, ghostSize: 2 }),
    input: [4, 4],
  },
  { name: "layerNorm", layer: nn.layerNorm(4), input: [2, 3, 4], axis: 2 },
  { name: "groupNorm", layer: nn.groupNorm(2, 4), input: image },
  { name: "instanceNorm", layer: nn.instanceNorm(4, { affine: true }) as AnyLayer, input: image },
  { name: "rmsNorm", layer: nn.rmsNorm(4), input: [2, 3, 4], axis: 2 },
  { name: "powerNorm", layer: nn.powerNorm({ features: 4 }), input: [6, 4] },
  {
    name: "powerNorm after its warm-up",
    layer: nn.powerNorm({ features: 4, warmup: 0 }),
    input: [6, 4],
    exact: false,
  },
  { name: "multiHeadAttention", layer: nn.multiHeadAttention(4, 2), input: [2, 5, 4], axis: 2 },
  { name: "prelu", layer: nn.prelu(4), input: [2, 4] },
  { name: "mlp", layer: nn.mlp([4, 5, 2], { activation: nn.silu }), input: [3, 4] },
  { name: "residual", layer: nn.residual(nn.linear(4, 4)), input: [3, 4] },
  { name: "basicBlock", layer: nn.basicBlock(4, 6, { stride: 2 }), input: image },
  {
    name: "invertedBottleneck",
    layer: nn.invertedBottleneck(4, 4, { expansion: 2 }),
    input: image,
  },
  {
    name: "resnet",
    layer: nn.resnet({ inChannels: 4, stem: "cifar", widths: [3, 4], depths: [1, 1], classes: 3 }),
    input: [2, 4, 5, 5],
  },
  { name: "encoderLayer", layer: nn.encoderLayer(4, 2), input: [2, 5, 4], axis: 2 },
  {
    name: "encoder",
    layer: nn.encoder(4, 2, 1),
    input: [2, 5, 4],
    call: { causal: true },
    axis: 2,
  },
  {
    name: "statefulEncoder",
    layer: nn.statefulEncoder(4, 2, 1, { norm: (features) => nn.powerNorm({ features }) }),
    input: [2, 5, 4],
    axis: 2,
  },
  {
    name: "transformer",
    layer: nn.transformer({ vocabulary: 5, positions: 4, features: 4, layers: 1, heads: 2 }),
    input: tokens,
  },
  {
    name: "unet",
    layer: nn.unet({ inChannels: 4, channels: [4, 4], layersPerLevel: 1, headChannels: 2 }),
    input: [2, 4, 4, 4],
    call: { time: 0.5 },
  },
];

/** Begins every layer. */
export const layerKey: Tensor = random.key(3);

/** A layer of either kind as (params, state, x) → [y, state]. */
export interface OpenedLayer {
  readonly params: tree.Tree<Tensor>;
  readonly state: tree.Tree<Tensor>;
  readonly x: Tensor;
  run(p: unknown, s: unknown, x: Tensor, train?: boolean): [Tensor, unknown];
}

/** New parameters, state and input of a layer; f64 unless asked otherwise. */
export function openLayer(
  { layer, call = {}, input }: LayerCase,
  dtype: nn.FloatDType = "f64",
): OpenedLayer {
  const made = layer.init(layerKey, { dtype }) as { params?: unknown; state?: unknown };
  const stateful = made.params !== undefined && made.state !== undefined;
  const x = Array.isArray(input)
    ? random.normal(random.key(1), input, { dtype })
    : (input as Tensor);
  return {
    params: (stateful ? made.params : made) as tree.Tree<Tensor>,
    state: (stateful ? made.state : null) as tree.Tree<Tensor>,
    x,
    run: (p, s, z, train = true) =>
      stateful
        ? (layer as nn.StatefulLayer<unknown, unknown, object>).apply(p, s, z, { ...call, train })
        : [(layer as nn.Layer<unknown, object>).apply(p, z, call), null],
  };
}
