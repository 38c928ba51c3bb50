import { ArgumentError } from "@x/tensor";

/** Activations that {@link gain} knows. */
export type Activation = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

const gains: Readonly<Record<Exclude<Activation, "leakyRelu">, number>> = {
  linear: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
};

/**
 * The factor by which an activation's weights are to be larger than linear ones, to keep the variance.
 *
 * @param activation - "linear", "sigmoid" (1), "tanh" (5/3), "relu" (√2), "leakyRelu" (√(2 / (1 + slope²))), "selu" (¾)
 * @param slope - of leakyRelu where it is negative; default 0.01
 * @throws ArgumentError for another name
 * @example
 * init.gain("leakyRelu", 0.2) // 1.3867504906
 */
export function gain(activation: Activation, slope = 0.01): number {
  if (activation === "leakyRelu") return Math.sqrt(2 / (1 + slope * slope));
  if (Object.hasOwn(gains, activation)) return gains[activation];
  throw new ArgumentError(
    `init.gain: expected one of ${Object.keys(gains).join(", ")}, leakyRelu; got ${String(activation)}; give the number itself for others`,
    { activation },
  );
}
