import { customVjp, type Tensor, where } from "@x/tensor";

/** Constants of one step of the backward pass of power normalisation. */
export interface PowerStep {
  /** [d]: x̂ = z / divisor. */
  readonly divisor: Tensor;
  /** [d]: divides the gradient; null for `divisor`. */
  readonly backDivisor: Tensor | null;
  /** bool scalar: take the exact derivative of z / √(mean z² + ε) and leave ν; null for never. */
  readonly warm: Tensor | null;
  /** [rows, 1], 1 for rows that count; null for all. */
  readonly counted: Tensor | null;
  /** 1 − α. */
  readonly rate: number;
  /** ν is kept as e with ν = (1 − α) e, as the released code has it. */
  readonly reference: boolean;
}

/**
 * z / divisor, whose gradient is corrected by ν, and whose gradient with respect to ν is the step of ν.
 *
 * That step is linear in the statistics of the batch, so the mean over micro-batches is the step of the whole.
 *
 * @param z - [rows, d]
 * @param nu - [d]
 */
export function powerBackward(z: Tensor, nu: Tensor, step: PowerStep): Tensor {
  const { rate, reference } = step;
  const powerNorm = (z: Tensor, _nu: Tensor, parts: Parts): Tensor => z.div(parts.divisor);
  // Refusals of forward mode call it by this name, which bundlers would change.
  Object.defineProperty(powerNorm, "name", { value: "powerNorm" });
  const normalize = customVjp(
    powerNorm,
    (z, nu, parts) => {
      const hat = z.div(parts.divisor);
      return [hat, { hat, nu, parts }];
    },
    ({ hat, nu, parts }, g) => {
      const { divisor, backDivisor, warm, counted } = parts;
      const mean = (x: Tensor): Tensor =>
        counted === null ? x.mean(0) : x.mul(counted).sum(0).div(counted.sum().maximum(1));
      const along = mean(g.mul(hat));
      const power = mean(hat.square());
      const factor = reference ? nu.mul(rate) : nu;
      const taken = warm === null ? factor : where(warm, along, factor);
      const correction = hat.mul(taken);
      const corrected = g.sub(counted === null ? correction : correction.mul(counted));
      const gain = along.sub(factor.mul(power));
      const change = reference ? gain : gain.mul(rate);
      return [
        corrected.div(backDivisor ?? divisor),
        warm === null ? change : where(warm, 0, change),
        null,
      ];
    },
  );
  const { divisor, backDivisor, warm, counted } = step;
  return normalize(z, nu, { divisor, backDivisor, warm, counted });
}

type Parts = Pick<PowerStep, "divisor" | "backDivisor" | "warm" | "counted">;
