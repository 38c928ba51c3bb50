import { type Tensor, tensor } from "@x/tensor";
import type { BilevelProblem } from "../../src/index";

/**
 * The smallest problem with a closed form: g = ½(y − b)² + ½eˣy², F = ½(y − d)².
 *
 * y* = b / (1 + eˣ), dΦ/dx = −(y* − d) eˣ y* / (1 + eˣ).
 */
export const scalarRidge: BilevelProblem<Tensor, Tensor> = {
  upper: (_, y) => y.sub(0.5).square().div(2),
  lower: (x, y) => y.sub(2).square().add(x.exp().mul(y.square())).div(2),
};

export const exactSlope = (x: number): number => {
  const y = 2 / (1 + Math.exp(x));
  return (-(y - 0.5) * Math.exp(x) * y) / (1 + Math.exp(x));
};

export const f64 = (x: number | number[] | number[][]): Tensor => tensor(x, { dtype: "f64" });
