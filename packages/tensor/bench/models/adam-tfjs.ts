import type { Tfjs } from "../../../../tooling/bench/src/kit-types";
import { adam, type Trainer } from "./trainer";

export type TfjsTensor = ReturnType<Tfjs["tensor"]>;
export type TfjsVariable = ReturnType<Tfjs["variable"]>;

/** Training with TensorFlow.js and its own Adam. */
export function tfjsTrainer(
  tf: Tfjs,
  logits: (x: TfjsTensor) => TfjsTensor,
  variables: TfjsVariable[],
  x: TfjsTensor,
  y: TfjsTensor,
): Trainer {
  const optimizer = tf.train.adam(adam.lr, adam.beta1, adam.beta2, adam.epsilon);
  const loss = (): ReturnType<Tfjs["scalar"]> => tf.losses.softmaxCrossEntropy(y, logits(x));
  let value: ReturnType<Tfjs["scalar"]> | null = null;
  return {
    step() {
      value?.dispose();
      value = optimizer.minimize(loss, true, variables);
    },
    loss: () => value?.dataSync()[0] ?? Number.NaN,
  };
}
