import { ArgumentError } from "@x/tensor";
import type { Cost } from "../costs/cost";
import type { Matrix } from "../internal/read";
import { gaussianPotentials } from "./potentials";

/** Two weighted clouds, and what is asked for between them. */
interface Clouds {
  readonly x: Matrix;
  readonly y: Matrix;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly eps: number;
}

/**
 * What `init: "gaussian"` stands for: {@link gaussianPotentials} of the clouds.
 *
 * @throws ArgumentError on a cost other than squared Euclid, between points of different dimensions, or of another word
 */
export function gaussianStart(
  operation: string,
  init: string,
  cost: Cost,
  clouds: () => Clouds,
): { readonly f: Float64Array; readonly g: Float64Array } {
  if (init !== "gaussian") {
    throw new ArgumentError(`${operation}: expected init "gaussian" or { f, g }; got "${init}"`, {
      init,
    });
  }
  if (cost !== "sqeuclidean") {
    const name = typeof cost === "function" ? "a function" : `"${cost}"`;
    throw new ArgumentError(
      `${operation}: expected cost "sqeuclidean" with init "gaussian"; got ${name}; pass potentials, or leave out init`,
      { cost: name },
    );
  }
  const { x, y, a, b, eps } = clouds();
  return gaussianPotentials(x, y, a, b, eps);
}
