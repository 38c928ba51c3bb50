import { type AdamWOptions, adamw } from "../baselines/adam";
import { chain, identity } from "../core/chain";
import { checkObject, checkRate } from "../core/check";
import type { Choices } from "../core/choices";
import { named } from "../core/named";
import { type PartitionState, partition } from "../core/partition";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import { parameterEntries } from "../core/tree";
import { type MatrixDims, matrixLayout, rolesOf } from "../matrix-dims";
import type { ByLeaf, GradientTransformation, Rate } from "../types";
import { orthogonalSteps, type ScaleByMuonOptions } from "./scale-by-muon";
import { namesTable } from "./table-names";

/** Which optimiser a leaf gets. */
export type MuonLabel = "muon" | "adam";

/** AdamW for what is no hidden matrix. */
export interface MuonFallback extends AdamWOptions {
  /** Its own rate; default 3e-4. */
  readonly lr?: Rate;
}

/** Options of {@link muon}. */
export interface MuonOptions extends ScaleByMuonOptions {
  /** Rate of the matrices, ≥ 0; default 0.02. May depend on the step. */
  readonly lr?: Rate;
  /** Decoupled, of the matrices, ≥ 0, multiplied by lr; default 0. May depend on the step. */
  readonly weightDecay?: Rate;
  /** Label of each leaf, by a function or a tree; default {@link muonLabels}. */
  readonly labels?: Choices<string>;
  /** For leaves labelled `adam`; default lr 3e-4, betas [0.9, 0.95], eps 1e-10, weightDecay 0. */
  readonly fallback?: MuonFallback;
}

/**
 * The labels that {@link muon} gives by itself: `muon` for matrices and kernels with at least two rows and columns,
 * unless they are embeddings or output layers; `adam` for everything else.
 *
 * `role` in `dims` says what they are: `embedding`, `output` or `hidden`. Where there is none, the layer's name does, as
 * a whole: the last in the path apart from the parameter's own (`weight`, `w`, `kernel` …) and numbers. `wte`, `wpe`,
 * `embed`, `emb`, `embedding` and what ends in them (`tok_emb`, `position_embedding`), `head`, `lm_head`, `classifier`,
 * `output`, `logits`, and `fc` outside of any block are no hidden matrices; `heads`, `out_proj` and others are. Shapes do
 * not tell the last layer of a list or a first convolution; where names do not either, pass `labels`.
 *
 * @param dims - as for {@link muon}
 * @example
 * muonLabels()(["lm_head", "weight"], zeros([50, 8])) // "adam"
 */
export const muonLabels =
  (dims?: MatrixDims): ByLeaf<MuonLabel> =>
  (path, param) => {
    const layout = matrixLayout("muon", path, param, dims);
    const matrix = layout !== undefined && Math.min(layout.m, layout.n) >= 2;
    const { role } = rolesOf(dims, path, param);
    const hidden = role === undefined ? !namesTable(path) : role === "hidden";
    return matrix && hidden ? "muon" : "adam";
  };

/**
 * Muon for hidden weight matrices, AdamW for the rest.
 *
 * M ← βM + (1−β)g; θ ← (1 − lr·wd)θ − lr·κ·UVᵀ with U and V of M = UΣVᵀ by `orthogonalize`, κ by `shapeScale`.
 *
 * @throws ArgumentError for options out of range; ShapeError when a leaf labelled `muon` is no matrix
 * @example
 * const optimizer = muon({ lr: 0.02, fallback: { lr: 3e-4 } });
 * optimizer.describe?.({ w: zeros([64, 32]), b: zeros([64]) });
 * // { b: "adam", w: "muon: 64 × 32, factor 1.41" }
 * @see Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
 */
export function muon(options: MuonOptions = {}): GradientTransformation<PartitionState> {
  checkObject("muon", "options", options, "call muon({ lr: 0.02 })");
  const { lr = 0.02, weightDecay = 0, labels = muonLabels(options.dims), fallback } = options;
  checkRate("muon", "lr", lr);
  checkRate("muon", "weightDecay", weightDecay);
  const { lr: fallbackLr, ...adamOptions } = fallbackOf(fallback);
  const groups = partition(labels, {
    // Their labels say the method.
    muon: chain(
      orthogonalSteps(options),
      named(
        "",
        chain(
          weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
          scaleByLearningRate(lr),
        ),
      ),
    ),
    adam: named("", adamw(fallbackLr, adamOptions)),
  });
  return {
    ...groups,
    init(params) {
      parameterEntries("muon", params);
      return groups.init(params);
    },
  };
}

/** The fallback with its defaults. */
export const fallbackOf = (
  fallback: MuonFallback = {},
): MuonFallback & { readonly lr: Rate; readonly weightDecay: Rate } => ({
  lr: 3e-4,
  betas: [0.9, 0.95],
  eps: 1e-10,
  weightDecay: 0,
  ...fallback,
});
