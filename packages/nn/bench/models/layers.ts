import { batchNorm, conv2d, layerNorm, multiHeadAttention } from "@x/nn";
import { type Tensor, tensor } from "@x/tensor";
import type { Jax } from "../../../../tooling/bench/src/kit-types";
import { jaxPatchesConv } from "../../../tensor/bench/models/cnn";
import type { JaxArray, LayerPair } from "./layer-pair";

/** 32 → 64 channels, 3×3, on 16 images of 28×28. */
export const convolution: LayerPair = {
  shapes: { x: [16, 32, 28, 28], weight: [64, 32, 3, 3], bias: [64] },
  bounds: { weight: 0.1 },
  ours: ({ x, weight, bias }) =>
    conv2d(32, 64, 3, { padding: 1 }).apply({ weight: weight!, bias: bias! }, x!),
  peer: (jax, { x, weight, bias }) =>
    jaxPatchesConv(jax)(x!, weight!).add(bias!.reshape([1, 64, 1, 1])),
};

/** (x − mean) / √(variance + ε) · weight + bias over some axes. */
function normalized(
  { numpy: np }: Jax,
  { x, weight, bias }: Readonly<Record<string, JaxArray>>,
  axes: number[],
  shape: number[],
): JaxArray {
  const centred = x!.ref.sub(np.mean(x!, axes, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  return centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(weight!.reshape(shape))
    .add(bias!.reshape(shape));
}

/** 64 channels of 32 images of 28×28, in training. */
export const batchNormalisation: LayerPair = {
  shapes: { x: [32, 64, 28, 28], weight: [64], bias: [64] },
  ours: ({ x, weight, bias }) =>
    batchNorm(64).apply(
      { weight: weight!, bias: bias! },
      { running_mean: zeros(64), running_var: zeros(64), num_batches_tracked: tensor(0) },
      x!,
      { train: true },
    )[0],
  peer: (jax, inputs) => normalized(jax, inputs, [0, 2, 3], [1, 64, 1, 1]),
};

const zeros = (n: number): Tensor => tensor(new Float32Array(n));

/** 256 features of 32 sequences of 64. */
export const layerNormalisation: LayerPair = {
  shapes: { x: [32, 64, 256], weight: [256], bias: [256] },
  ours: ({ x, weight, bias }) => layerNorm(256).apply({ weight: weight!, bias: bias! }, x!),
  peer: (jax, inputs) => normalized(jax, inputs, [2], [1, 1, 256]),
};

/** Added to scores of positions after one's own. */
const laterPositions = Float32Array.from({ length: 128 * 128 }, (_, i) =>
  i % 128 > Math.floor(i / 128) ? -1e9 : 0,
);

/**
 * 4 heads on 128 features of 8 sequences of 128, every position seeing those before it.
 *
 * The attention of jax-js needs a newer Node than ours, for its `einsum`: written out here, as there.
 */
export const attention: LayerPair = {
  shapes: {
    x: [8, 128, 128],
    inWeight: [384, 128],
    inBias: [384],
    outWeight: [128, 128],
    outBias: [128],
  },
  bounds: { inWeight: 0.15, outWeight: 0.15 },
  ours: ({ x, inWeight, inBias, outWeight, outBias }) =>
    multiHeadAttention(128, 4).apply(
      {
        in_proj_weight: inWeight!,
        in_proj_bias: inBias!,
        q_proj_weight: null,
        k_proj_weight: null,
        v_proj_weight: null,
        out_proj: { weight: outWeight!, bias: outBias! },
      },
      x!,
      { causal: true },
    ),
  peer({ numpy: np, nn }, { x, inWeight, inBias, outWeight, outBias }) {
    const joint = np.matmul(x!, inWeight!.transpose()).add(inBias!);
    const heads = (from: number, array: JaxArray): JaxArray =>
      array
        .slice([], [], [from, from + 128])
        .reshape([8, 128, 4, 32])
        .transpose([0, 2, 1, 3]);
    const [q, k, v] = [heads(0, joint.ref), heads(128, joint.ref), heads(256, joint)] as const;
    const later = np.array(laterPositions).reshape([128, 128]);
    const scores = np
      .matmul(q, k.transpose([0, 1, 3, 2]))
      .mul(1 / Math.sqrt(32))
      .add(later);
    const y = np.matmul(nn.softmax(scores, -1), v).transpose([0, 2, 1, 3]).reshape([8, 128, 128]);
    return np.matmul(y, outWeight!.transpose()).add(outBias!);
  },
};
