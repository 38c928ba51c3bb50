import { batches, loss as losses } from "@x/nn";
import {
  applyUpdates,
  type DropMuon,
  type DropMuonState,
  dropMuon,
  type RptSamplerKind,
  truncatedBackward,
} from "@x/optim";
import { jit, random, type Tensor, tensor } from "@x/tensor";
import { type Examples, firstExamples } from "../digit-tensors";
import { type BlockNetwork, blockOfPath } from "./block-networks";

/** How long and how far runs go. */
export interface DropMuonLimits {
  readonly batchSize: number;
  readonly maxSteps: number;
  /** Share of the judged training images that must be read rightly. */
  readonly target: number;
  /** Look at the accuracy every so many steps. */
  readonly every: number;
}

/** What one run is about. */
export interface DropMuonSetting {
  readonly sampler: (progress: () => number) => RptSamplerKind;
  readonly lr: number;
  readonly seed: number;
}

/** How a run went. */
export interface DropMuonRun {
  /** First active block of each step. */
  readonly cutOffs: readonly number[];
  /** Milliseconds of each step, NaN where it was compiled. */
  readonly times: readonly number[];
  /** Accuracy after so many steps. */
  readonly accuracies: readonly { readonly step: number; readonly accuracy: number }[];
  /** Whether the last accuracy is the target or more. */
  readonly reached: boolean;
}

const judgedExamples = 1000;

/** Prepares runs of one network: each cut-off is compiled once for all of them. */
export function dropMuonRunner<P>(
  { numBlocks, init, apply }: BlockNetwork<P>,
  data: Examples,
  { batchSize, maxSteps, target, every }: DropMuonLimits,
): (setting: DropMuonSetting) => DropMuonRun {
  const make = (lr: Tensor, sampler: RptSamplerKind, seed = 0): DropMuon =>
    dropMuon({
      blocks: blockOfPath,
      numBlocks,
      sampler,
      rng: seed,
      lr,
      shapeScale: "matchRms",
      // The layer that gives the answers is no hidden one.
      labels: (path, param) =>
        param.shape.length >= 2 && blockOfPath(path) < numBlocks ? "muon" : "adam",
      fallback: { lr },
    });
  const gradient = truncatedBackward(
    (params: P, { x, y }: Examples) => losses.crossEntropy(apply(params, x), y),
    blockOfPath,
  );
  type Place = { readonly params: P; readonly state: DropMuonState };
  const step = jit(
    (firstActive: number, { params, state }: Place, lr: Tensor, batch: Examples) => {
      const [value, grads] = gradient(firstActive, params, batch);
      const extra = { firstActive };
      const result = make(lr, { kind: "uniform" }).update(grads, state, params, extra);
      return {
        place: { params: applyUpdates(params, result.updates), state: result.state },
        value,
      };
    },
    { static: [0] },
  );
  const judged = firstExamples(data, judgedExamples);
  const right = jit((params: P) =>
    apply(params, judged.x).argmax(-1).equal(judged.y).cast("f32").mean(),
  );
  const compiled = new Set<number>();

  return ({ sampler, lr, seed }) => {
    const rate = tensor(lr);
    let taken = 0;
    const optimizer = make(
      rate,
      sampler(() => taken / maxSteps),
      seed,
    );
    const params = init(random.key(seed));
    let place: Place = { params, state: optimizer.init(params) };
    const source = batches(random.key(seed), data, batchSize, { epochs: Infinity, dropLast: true });
    const cutOffs: number[] = [];
    const times: number[] = [];
    const accuracies = [{ step: 0, accuracy: right(params).item() }];
    let accuracy = 0;
    while (taken < maxSteps && accuracy < target) {
      const cutOff = optimizer.sample();
      const batch = source.at(taken);
      const began = performance.now();
      const result = step(cutOff, place, rate, batch);
      place = result.place;
      result.value.item();
      times.push(compiled.has(cutOff) ? performance.now() - began : Number.NaN);
      compiled.add(cutOff);
      cutOffs.push(cutOff);
      taken++;
      if (taken % every === 0) {
        accuracy = right(place.params).item();
        accuracies.push({ step: taken, accuracy });
      }
    }
    return { cutOffs, times, accuracies, reached: accuracy >= target };
  };
}
