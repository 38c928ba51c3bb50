import { type DType, isTensor, type Tensor, TraceError } from "@x/tensor";
import { scalarDType } from "./scalar-dtype";

/** A number where values can be read, a scalar f64 tensor where they are traced. */
export type Scalar = number | Tensor;

/** The value of a scalar tensor, or undefined while it is only being traced. */
export function readScalar(x: Tensor): number | undefined {
  try {
    return x.item();
  } catch (error) {
    if ((error as { code?: unknown }).code === traceCode) return undefined;
    throw error;
  }
}

const traceCode: string = new TraceError("").code;

/** Where values can be read the number, else the same in f64. */
export const toScalar = (x: Tensor): Scalar => readScalar(x) ?? x.cast(scalarDType());

/** A scalar that meets tensors of a dtype without widening them. */
export const inDtype = (x: Scalar, dtype: DType): Scalar => (isTensor(x) ? x.cast(dtype) : x);

/**
 * 1 − βᵗ, accurate also where βᵗ is close to 1.
 *
 * @param beta - in [0, 1)
 * @param t - number of steps, from 1
 */
export function oneMinusPower(beta: number, t: Scalar): Scalar {
  if (beta === 0) return 1;
  const log = Math.log(beta);
  return isTensor(t) ? t.mul(log).expm1().neg() : -Math.expm1(t * log);
}

/** Whether a scalar is a tensor, with its methods. */
export const isTraced = (x: Scalar): x is Tensor => isTensor(x);

/** 1 / x. */
export const reciprocal = (x: Scalar): Scalar => (isTraced(x) ? x.reciprocal() : 1 / x);
