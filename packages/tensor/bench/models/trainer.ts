import type { Kit } from "../../../../tooling/bench/src/kit-types";
import type { Prepared } from "../../../../tooling/bench/src/row";

/** Examples per step. */
export const batch = 128;

/** Settings of Adam, the same for all libraries. */
export const adam = { lr: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** A network in training on one batch. */
export interface Trainer {
  /** One step of Adam, finished when the returned promise, if any, is. */
  readonly step: () => unknown;
  /** Loss before the last step. */
  readonly loss: () => number | Promise<number>;
}

/** Labels of the batch, one-hot: every class occurs. */
export function labels(): Float32Array<ArrayBuffer> {
  const oneHot = new Float32Array(batch * 10);
  for (let i = 0; i < batch; i++) oneHot[i * 10 + ((i * 7) % 10)] = 1;
  return oneHot;
}

/** A uniform initial weight of a layer with so many inputs (He's bound), flat. */
export function initialWeight(
  kit: Kit,
  length: number,
  inputs: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const bound = Math.sqrt(6 / inputs) / 2;
  return kit.uniform(length, seed).map((u) => u * bound);
}

const checkedSteps = 5;

/**
 * Both sides train from the same start on the same batch, and their losses agree step by step: each depends on all
 * gradients and moments before it. Adam divides by the root of tiny second moments, which magnifies rounding
 * errors of gradients near zero, so the losses agree to fewer digits than f32 has.
 */
export function compareTraining(kit: Kit, ours: Trainer, peer: Trainer): Prepared {
  return {
    ours: ours.step,
    peer: peer.step,
    async check() {
      const losses: [number[], number[]] = [[], []];
      for (let i = 0; i < checkedSteps; i++) {
        await ours.step();
        losses[0].push(await ours.loss());
        await peer.step();
        losses[1].push(await peer.loss());
      }
      kit.assertClose("losses", losses[0], losses[1], { relative: 1e-4 });
      const [first, last] = [losses[0][0] as number, losses[0].at(-1) as number];
      if (!(last < 0.99 * first))
        throw new Error(`losses: expected them to fall; got ${losses[0]}`);
    },
  };
}
