import type { Row, Rows } from "../../../tooling/bench/src/row";
import { againstJax, type LayerPair } from "./models/layer-pair";
import { attention, batchNormalisation, convolution, layerNormalisation } from "./models/layers";
import { gatedRecurrent, longShortTerm } from "./models/recurrent";

const row = (name: string, pair: LayerPair, peerName = "jax-js"): Row => ({
  name: `${name}, forward and backward`,
  unit: "ms",
  peerName,
  setup: (kit) => againstJax(kit, pair),
});

export const rows: Rows = [
  row("conv2d 32 → 64, 3×3, 16 images of 28×28", convolution, "jax-js, patches by hand"),
  row("batchNorm of 64 channels, 32 images of 28×28", batchNormalisation),
  row("layerNorm of 256 features, 32 × 64 positions", layerNormalisation),
  row(
    "multiHeadAttention, 4 heads, 128 features, causal, 8 × 128 positions",
    attention,
    "jax-js, written out",
  ),
  row("gru 32 → 64, 32 sequences of 16", gatedRecurrent, "jax-js, loop written out"),
  row("lstm 32 → 64, 32 sequences of 16", longShortTerm, "jax-js, loop written out"),
];
