import { batches } from "@x/nn";
import { type GradientTransformation, train } from "@x/optim";
import { random, type Tensor } from "@x/tensor";
import type { Examples } from "./digit-tensors";

/** A network to be trained until its loss is small enough. */
export interface RunSettings<P> {
  readonly params: P;
  readonly loss: (params: P, batch: Examples) => Tensor;
  readonly optimizer: GradientTransformation;
  readonly data: Examples;
  readonly batchSize: number;
  /** Loss on all of the judging examples, outside of the measured time. */
  readonly judge: (params: P) => number;
  /** Judge and measure every so many steps. */
  readonly every: number;
  /** The run ends when the judge gives less. */
  readonly target: number;
  readonly maxSteps: number;
  readonly seed: number;
}

/** A loss on the way. */
export interface RunPoint {
  /** Steps taken. */
  readonly step: number;
  readonly loss: number;
}

/** How a run went. */
export interface RunResult {
  /** From the first measured step on. */
  readonly curve: readonly RunPoint[];
  /** Steps until the target, interpolated between two looks along the logarithm; Infinity if it was not reached. */
  readonly stepsToTarget: number;
  /** Mean between two looks, the shortest of all: what a step costs when the machine does nothing else; Infinity after one look. */
  readonly msPerStep: number;
}

/** Trains until the target is reached, the loss is no number, or steps run out. */
export async function trainingRun<P>(settings: RunSettings<P>): Promise<RunResult> {
  const { data, batchSize, judge, every, target, maxSteps, seed } = settings;
  const source = batches(random.key(seed), data, batchSize, { epochs: Infinity, dropLast: true });
  const curve: RunPoint[] = [{ step: 0, loss: judge(settings.params) }];
  const times: number[] = [];
  let since = performance.now();
  await train({
    params: settings.params,
    loss: settings.loss,
    optimizer: settings.optimizer,
    batch: (step) => source.at(step),
    steps: maxSteps,
    recordEvery: every,
    onRecord: ({ step, params }) => {
      const steps = step + 1 - (curve.at(-1) as RunPoint).step;
      times.push((performance.now() - since) / steps);
      const loss = judge(params);
      curve.push({ step: step + 1, loss });
      since = performance.now();
      return loss >= target;
    },
  });
  return {
    curve,
    stepsToTarget: crossing(curve, target),
    // The first step is compiled.
    msPerStep: Math.min(...times.slice(1)),
  };
}

/** Where a curve first falls below a value, between its points along the logarithm of the loss. */
export function crossing(curve: readonly RunPoint[], target: number): number {
  const after = curve.findIndex(({ loss }) => loss < target);
  if (after < 0) return Infinity;
  const [a, b] = [curve[after - 1], curve[after] as RunPoint];
  if (a === undefined) return b.step;
  const share = Math.log(a.loss / target) / Math.log(a.loss / b.loss);
  return a.step + share * (b.step - a.step);
}
