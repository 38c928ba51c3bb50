import { ArgumentError, ShapeError, type Tensor, transpose } from "@x/tensor";
import { eigvalsh } from "@x/tensor/linalg";
import { tensorOf } from "../internal/read";
import { knownValue } from "../internal/tracing";
import type { Values } from "../values";

const shown = (x: Tensor): string => `[${x.shape.join(", ")}]`;

/** A mean of shape [d]; d is the length unless given. */
export function meanOf(operation: string, name: string, values: Values, d?: number): Tensor {
  const mean = tensorOf(operation, name, values);
  if (mean.shape.length !== 1 || (d !== undefined && mean.shape[0] !== d)) {
    throw new ShapeError(
      `${operation}: expected the mean ${name} with ${d === undefined ? "one axis" : `shape [${d}]`}; got shape ${shown(mean)}`,
      { [name]: mean.shape },
    );
  }
  checkValues(operation, name, mean);
  return mean;
}

/**
 * A covariance of shape [d, d].
 *
 * Inside `jit` only its shape can be checked.
 *
 * @throws ShapeError on another shape
 * @throws ArgumentError if it is not finite, not symmetric to 10⁻⁸, or has an eigenvalue below −10⁻¹⁰ of the largest
 */
export function covarianceOf(operation: string, name: string, values: Values, d: number): Tensor {
  const S = tensorOf(operation, name, values);
  if (S.shape.length !== 2 || S.shape[0] !== d || S.shape[1] !== d) {
    throw new ShapeError(
      `${operation}: expected the covariance ${name} with shape [${d}, ${d}]; got shape ${shown(S)}`,
      { [name]: S.shape },
    );
  }
  const known = checkValues(operation, name, S);
  if (known !== undefined) checkCovariance(operation, name, known);
  return S;
}

/** The value of a tensor outside `jit`. */
function checkValues(operation: string, name: string, x: Tensor): Tensor | undefined {
  const known = knownValue(x);
  const bad = known?.dataSync().findIndex((v) => !Number.isFinite(v)) ?? -1;
  if (bad < 0) return known;
  throw new ArgumentError(
    `${operation}: expected finite numbers in ${name}; got ${known?.dataSync()[bad]} at element ${bad}`,
    { argument: name, index: bad },
  );
}

function checkCovariance(operation: string, name: string, S: Tensor): void {
  const size = S.abs().max().item();
  const skew = S.sub(transpose(S)).abs().max().item();
  if (skew > 1e-8 * size) {
    throw new ArgumentError(
      `${operation}: expected a symmetric covariance ${name}; entries differ from those across the diagonal by up to ${skew}; take (S + Sᵀ)/2`,
      { argument: name, skew },
    );
  }
  const eigenvalues = eigvalsh(S);
  const [least, most] = [eigenvalues.min().item(), eigenvalues.max().item()];
  if (least < -1e-10 * Math.max(most, 0)) {
    throw new ArgumentError(
      `${operation}: expected a covariance ${name} without negative eigenvalues; the least is ${least}`,
      { argument: name, eigenvalue: least },
    );
  }
}
