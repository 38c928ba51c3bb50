import type { Tensor } from "@x/tensor";
import { scaleByAdam } from "../baselines/adam";
import { chain, identity } from "../core/chain";
import { checkRate } from "../core/check";
import type { Choices } from "../core/choices";
import { firstStep } from "../core/leafwise";
import { named } from "../core/named";
import { needsParams } from "../core/needs";
import { type PartitionState, partition } from "../core/partition";
import { rateAt } from "../core/rate";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import { entriesOf, mapLeaves, parameterEntries } from "../core/tree";
import { verifyInside } from "../core/verify-inside";
import { fallbackOf, type MuonOptions, muonLabels } from "../muon/muon";
import type { NormBall, StepForm } from "../muon/norm-ball";
import { scaleByNormBall } from "../muon/scale-by-muon";
import type { GradientTransformation, OptState, Rate } from "../types";
import { cutOff, type FirstActive } from "./cut-off";
import { type RptSampler, type RptSamplerOptions, rptSampler } from "./rpt-sampler";
import { type Blocks, blockOf } from "./truncated-backward";

/** Options of {@link dropMuon}. */
export interface DropMuonOptions extends MuonOptions, RptSamplerOptions {
  /** The block of each leaf by its path, 1 … numBlocks from input to output; tied leaves: the first that uses them. */
  readonly blocks: Blocks;
  /** Default `"lmo"`, Muon's steps of fixed length; `"sharp"` multiplies by the dual norm of the momentum. */
  readonly stepForm?: StepForm;
  /** The norm of each block's matrices; default `"spectral"`. */
  readonly norm?: NormBall | ((block: number) => NormBall);
  /** Whether gradients come from `truncatedBackward`, `null` before the cut-off; default true. False masks full ones, which saves little. */
  readonly truncated?: boolean;
}

/** State of {@link dropMuon}. */
export interface DropMuonState {
  /** Steps taken, of any block. */
  readonly step: Tensor;
  /** By group of leaves. */
  readonly groups: PartitionState;
  readonly [key: string]: OptState;
}

/** Muon on a random tail of the blocks. */
export interface DropMuon extends GradientTransformation<DropMuonState> {
  /** The first active block of the next step: for `truncatedBackward` and `update`. */
  sample(): number;
  /** The chances; keep its `toJSON` beside the state to resume exactly. */
  readonly sampler: RptSampler;
}

/**
 * Muon that updates only the blocks from a random cut-off on, so that a step costs less.
 *
 * Draw s by `sample()`, get gradients by `truncatedBackward(loss, blocks)(s, …)`, and call
 * `update(grads, state, params, { firstActive: s })`. Blocks before s keep parameters, momentum, moments, weight decay
 * and step counts as they are; their updates are `null`. Rates depend on the number of all steps.
 *
 * Per step it gets less far than Muon; it pays where early blocks are expensive and smooth. `expectedCostRatio`
 * says what a step saves.
 *
 * @throws ArgumentError for leaves without a block, and in `update` when gradients do not fit the cut-off
 * @example
 * const optimizer = dropMuon({ blocks: (path) => 1 + Number(path[0]), numBlocks: 3, lr: 0.02 });
 * const s = optimizer.sample();
 * const [, grads] = truncatedBackward(loss, blocks)(s, params, x);
 * const { updates, state } = optimizer.update(grads, before, params, { firstActive: s });
 * @see "Drop-Muon: Update Less, Converge Faster"; there β = 0.05 is 1 − momentum, without `nesterov`
 */
export function dropMuon(options: DropMuonOptions): DropMuon {
  const { blocks, numBlocks, norm = "spectral", stepForm = "lmo", truncated = true } = options;
  const { labels = muonLabels(options.dims) } = options;
  const sampler = rptSampler(options);
  const block = (path: readonly string[]): number => blockOf("dropMuon", blocks, path, numBlocks);
  const ballOf = typeof norm === "function" ? norm : () => norm;
  const direct = (ball: NormBall): GradientTransformation =>
    scaleByNormBall("dropMuon", options, { ball, form: stepForm });
  const { lr: _, weightDecay: __, ...moments } = fallbackOf(options.fallback);
  const numbers = Array.from({ length: numBlocks }, (_unused, i) => String(i + 1));
  const inner = partition(labels, {
    muon: partition((path: readonly string[]) => ballOf(block(path)), {
      spectral: direct("spectral"),
      euclidean: direct("euclidean"),
      signMax: direct("signMax"),
    }),
    adam: partition(
      (path: readonly string[]) => String(block(path)),
      Object.fromEntries(numbers.map((number) => [number, named("", scaleByAdam(moments))])),
    ),
  });
  const rates = ratesOf(options, labels);
  return {
    sampler,
    sample: () => sampler.sample(),
    init(params) {
      for (const { path } of parameterEntries("dropMuon", params)) block(path);
      return { step: firstStep(), groups: inner.init(params) };
    },
    update(grads, state, params, extra = {}) {
      if (params === undefined) throw needsParams("dropMuon");
      const asked = extra["firstActive"] as FirstActive;
      const first = cutOff({ grads, params, block, asked, truncated });
      const active = truncated
        ? grads
        : mapLeaves("dropMuon", grads, (g, path) => (block(path) >= first ? g : null));
      const result = inner.update(active, state.groups, params, extra);
      const rated = rates(state.step);
      return {
        updates: rated.update(result.updates, rated.init(params), params, extra).updates,
        state: {
          step: state.step.add(1),
          groups: withFrozen(result.state, state.groups, first),
        },
      };
    },
    ...verifyInside(inner, (state: DropMuonState) => state.groups),
    describe(params) {
      const texts = inner.describe?.(params) ?? {};
      const rows = entriesOf("dropMuon", params).map(({ path }) => {
        const name = path.join(".");
        return [name, `block ${block(path)}, ${texts[name]}`] as const;
      });
      return Object.fromEntries(rows);
    },
  };
}

/** The fallback's states with those of frozen blocks as they were: their steps must not be counted. */
function withFrozen(next: PartitionState, before: PartitionState, first: number): PartitionState {
  if (before["adam"] === undefined) return next;
  const old = Object.entries(before["adam"] as PartitionState);
  const frozen = Object.fromEntries(old.filter(([block]) => Number(block) < first));
  return { ...next, adam: { ...(next["adam"] as PartitionState), ...frozen } };
}

/** Weight decay and rates at a step that all blocks share. */
function ratesOf(
  options: DropMuonOptions,
  labels: Choices<string>,
): (step: Tensor) => GradientTransformation {
  const fallback = fallbackOf(options.fallback);
  const { lr = 0.02, weightDecay = 0 } = options;
  const given: Readonly<Record<string, Rate>> = {
    lr,
    weightDecay,
    "fallback.lr": fallback.lr,
    "fallback.weightDecay": fallback.weightDecay,
  };
  for (const [name, rate] of Object.entries(given)) checkRate("dropMuon", name, rate);
  return (step) => {
    const scaled = (rate: Rate, decay: Rate): GradientTransformation =>
      chain(
        decay === 0 ? identity() : addDecayedWeights(rateAt("dropMuon", decay, step)),
        scaleByLearningRate(rateAt("dropMuon", rate, step)),
      );
    return partition(labels, {
      muon: scaled(lr, weightDecay),
      adam: scaled(fallback.lr, fallback.weightDecay),
    });
  };
}
