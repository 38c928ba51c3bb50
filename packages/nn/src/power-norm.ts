import {
  ArgumentError,
  ones,
  ShapeError,
  stopGradient,
  type Tensor,
  where,
  zeros,
} from "@x/tensor";
import { checkBetween, checkFeatures, checkSize, checkStateful, valuesOf } from "./internal/check";
import { type AffineParams, affineDims, affineInit } from "./internal/normalize";
import { powerBackward } from "./internal/power-backward";
import type { StatefulLayer } from "./types";

/** Options of {@link powerNorm}. */
export interface PowerNormOptions {
  /** Length of the last axis. */
  readonly features: number;
  /** Share of the old quadratic mean in the running one, 0 … 1; default 0.9. */
  readonly alpha?: number;
  /** The same in the backward pass; default 0.9. */
  readonly alphaBackward?: number;
  /** Added to quadratic means; default 1e-5. */
  readonly eps?: number;
  /** Steps that use the statistics of their own batch; default 10000. */
  readonly warmup?: number;
  /** Divide every row first by the root mean square over groups of features; default false. */
  readonly groupScaling?: boolean;
  /** Groups of features for that; default 1. */
  readonly groups?: number;
  /** The algorithm of the paper (default) or what the authors' released code does. */
  readonly mode?: "paper" | "reference";
}

/** State of {@link powerNorm}. */
export interface PowerNormState {
  /** [features]: running quadratic mean ψ². */
  readonly running_phi: Tensor;
  /** [features]: ν of the backward pass. */
  readonly ema_gz: Tensor;
  /** i32 scalar: training steps so far. */
  readonly iters: Tensor;
}

/** Options of a call of {@link powerNorm}. */
export interface PowerNormCall {
  /** bool [...], true for rows that count in the statistics; default all. */
  readonly mask?: Tensor | undefined;
}

/**
 * Normalisation by a running quadratic mean, in training as well, with a matching approximate backward pass.
 *
 * Forward: x̂ = x / √(ψ² + ε), y = w x̂ + b, then ψ² ← α ψ² + (1 − α) ψ_B², ψ_B² = mean x² of the batch. Backward:
 * dx = (g − ν x̂) / √(ψ² + ε) with g = w dy, then ν ← ν (1 − (1 − α) mean x̂²) + (1 − α) mean(g x̂). During warm-up
 * ψ_B takes the place of ψ with its exact derivative (`mode: "reference"`: with the approximate one), ψ² is a plain
 * average, and in paper mode ν waits.
 *
 * ν is learned in the backward pass: its step is the gradient of `state.ema_gz`, which {@link valueAndGradWithState}
 * adds. With gradient accumulation, average that gradient like all others and add it once. `mode: "reference"`
 * always scales groups, divides in the backward pass by the batch's own quadratic mean, and counts masked rows there.
 *
 * @param options - sizes and constants
 * @returns a stateful layer [..., features] → the same shape
 * @throws ArgumentError when a constant is out of range, groups do not divide the features, or no row counts
 * @throws ShapeError when features or mask do not fit
 * @see Shen et al. 2020, algorithms 2 and 3
 * @example
 * const layer = powerNorm({ features: 64, warmup: 100 });
 * const { params, state } = layer.init(random.key(0));
 * const [y, next] = layer.apply(params, state, ones([8, 10, 64]), { train: true });
 */
export function powerNorm(
  options: PowerNormOptions,
): StatefulLayer<AffineParams, PowerNormState, PowerNormCall> {
  const settings = resolve(options);
  const { features, eps, warmup, reference } = settings;
  return {
    dims: affineDims(true, true),
    init: (_, initOptions = {}) => {
      const { dtype = "f32" } = initOptions;
      return {
        params: affineInit([features], true, true, initOptions),
        state: {
          running_phi: ones([features], { dtype }),
          ema_gz: zeros([features], { dtype }),
          iters: zeros([], { dtype: "i32" }),
        },
      };
    },
    apply: (params, state, x, options) => {
      checkStateful("powerNorm", state, options);
      const { train, mask } = options;
      checkFeatures("powerNorm", x, -1, features, 1);
      const rows = x.reshape([-1, features]);
      const z = settings.scaled ? scaleGroups(rows, settings.groups, eps) : rows;
      const phi = stopGradient(state.running_phi);
      const output = (hat: Tensor): Tensor => {
        const y = params.weight === null ? hat : hat.mul(params.weight);
        return (params.bias === null ? y : y.add(params.bias)).reshape(x.shape);
      };
      if (!train) {
        warnUntrained(state.iters);
        return [output(z.mul(phi.add(eps).rsqrt())), state];
      }
      const counted = countedRows(x, mask);
      const psi = stopGradient(meanSquare(z, counted));
      const step = state.iters.add(1);
      const warm = warmup === 0 ? null : step.lessEqual(warmup);
      const own = psi.add(eps).sqrt();
      const running = phi.add(eps).sqrt();
      const hat = powerBackward(z, state.ema_gz, {
        divisor: warm === null ? running : where(warm, own, running),
        backDivisor: reference ? own : null,
        warm: reference ? null : warm,
        counted: reference ? null : counted,
        rate: 1 - settings.alphaBackward,
        reference,
      });
      const next = {
        running_phi: nextPhi(settings, phi, psi.cast(phi.dtype), step),
        ema_gz: stopGradient(state.ema_gz),
        iters: step,
      };
      return [output(hat), next];
    },
  };
}

interface Settings {
  readonly features: number;
  readonly alpha: number;
  readonly alphaBackward: number;
  readonly eps: number;
  readonly warmup: number;
  readonly groups: number;
  readonly scaled: boolean;
  readonly reference: boolean;
}

function resolve(options: PowerNormOptions): Settings {
  const { features, alpha = 0.9, alphaBackward = 0.9, eps = 1e-5, warmup = 10000 } = options;
  const { groups = 1, groupScaling = false, mode = "paper" } = options;
  checkSize("powerNorm", "features", features);
  checkSize("powerNorm", "groups", groups);
  checkBetween("powerNorm", "alpha", alpha, 0, 1);
  checkBetween("powerNorm", "alphaBackward", alphaBackward, 0, 1);
  checkBetween("powerNorm", "eps", eps, 0, Infinity);
  checkBetween("powerNorm", "warmup", warmup, 0, Infinity);
  if (features % groups !== 0) {
    throw new ArgumentError(
      `powerNorm: expected groups that divide ${features} features; got ${groups}`,
      { features, groups },
    );
  }
  if (mode !== "paper" && mode !== "reference") {
    throw new ArgumentError(
      `powerNorm: expected mode "paper" or "reference"; got ${JSON.stringify(mode)}`,
      { mode },
    );
  }
  const reference = mode === "reference";
  const scaled = groupScaling || reference;
  return { features, alpha, alphaBackward, eps, warmup, groups, scaled, reference };
}

/** Every row divided by the root mean square over each of its groups of features. */
function scaleGroups(rows: Tensor, groups: number, eps: number): Tensor {
  const [n, d] = rows.shape as [number, number];
  const grouped = rows.reshape([n, groups, d / groups]);
  const scale = grouped.square().mean(-1, { keepDims: true }).add(eps).rsqrt();
  return grouped.mul(scale).reshape([n, d]);
}

/** Mask as a float column over rows, or null. */
function countedRows(x: Tensor, mask: Tensor | undefined): Tensor | null {
  const lead = x.shape.slice(0, -1);
  if (mask === undefined) {
    if (x.size > 0) return null;
    throw noRows(x);
  }
  if (mask.dtype !== "bool" || mask.shape.join() !== lead.join()) {
    throw new ShapeError(
      `powerNorm: expected a bool mask [${lead.join(", ")}], one truth for each row; got ${mask.dtype} [${mask.shape.join(", ")}]`,
      { mask: mask.shape, expected: lead },
    );
  }
  const values = valuesOf(mask);
  if (values !== undefined && !Array.from(values).some((v) => v !== 0)) throw noRows(x);
  return mask.reshape([-1, 1]).cast(x.dtype);
}

const noRows = (x: Tensor): ArgumentError =>
  new ArgumentError(
    `powerNorm: expected at least one row that counts in training; got none of shape [${x.shape.join(", ")}]; skip empty batches`,
    { shape: x.shape },
  );

/** Mean of squares over the rows that count. */
const meanSquare = (z: Tensor, counted: Tensor | null): Tensor =>
  counted === null
    ? z.square().mean(0)
    : z.square().mul(counted).sum(0).div(counted.sum().maximum(1));

/** ψ² after a step. */
function nextPhi(
  { alpha, warmup, reference }: Settings,
  phi: Tensor,
  psi: Tensor,
  step: Tensor,
): Tensor {
  const decayed = (from: Tensor): Tensor => from.mul(alpha).add(psi.mul(1 - alpha));
  if (warmup === 0) return decayed(phi);
  const average = phi.add(psi.sub(phi).div(step.cast(phi.dtype)));
  return reference
    ? decayed(where(step.less(warmup), average, phi))
    : where(step.lessEqual(warmup), average, decayed(phi));
}

function warnUntrained(iters: Tensor): void {
  if (valuesOf(iters)?.[0] !== 0) return;
  console.warn(
    "powerNorm: evaluation before any training step uses a quadratic mean of 1; train first or load a state",
  );
}
