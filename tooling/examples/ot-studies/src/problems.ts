import { costMatrix } from "@x/ot";
import { random, type Tensor, tensor } from "@x/tensor";
import { type Digits, pixels } from "example-digits/digits";

/** An entropic problem to solve. */
export interface Problem {
  readonly name: string;
  readonly a: Float64Array | null;
  readonly b: Float64Array | null;
  readonly C: Tensor;
  readonly eps: number;
}

const scaled = (C: Tensor): Tensor => C.div(C.max());

/** Random costs between as many rows as columns, all of the same weight. */
export const assignment = (n: number, eta: number, seed: number): Problem => ({
  name: `random costs, n = ${n}, η = ${eta}`,
  a: null,
  b: null,
  C: random.uniform(random.key(seed), [n, n], { dtype: "f64" }),
  eps: 1 / eta,
});

/** Two Gaussian clouds in the plane, the second one shifted and stretched. */
export function clouds(n: number, eps: number, seed: number): Problem {
  const points = (stream: number): Tensor =>
    random.normal(random.foldIn(random.key(seed), stream), [n, 2], { dtype: "f64" });
  const target = points(1)
    .mul(tensor([1.5, 0.5], { dtype: "f64" }))
    .add(1);
  return {
    name: `planar Gaussians, n = ${n}, ε = ${eps}`,
    a: null,
    b: null,
    C: costMatrix(points(0), target),
    eps,
  };
}

const side = 28;

/** The ink of a digit; a little everywhere, so that no weight is zero. */
function ink({ images }: Digits, index: number): Float64Array {
  const levels = Float64Array.from(
    images.subarray(index * pixels, (index + 1) * pixels),
    (level) => level / 255 + 0.01,
  );
  const sum = levels.reduce((x, y) => x + y);
  return levels.map((level) => level / sum);
}

/** Two digits, with squared distances or |Δx| + |Δy| between pixels, scaled to a largest cost of 1. */
export function images(digits: Digits, cost: "sqeuclidean" | "cityblock", eta: number): Problem {
  const grid = Array.from({ length: pixels }, (_, k) => [k % side, Math.floor(k / side)]);
  const metric = cost === "sqeuclidean" ? "squared distances" : "L1 distances";
  return {
    name: `two digits, ${metric}, η = ${eta}`,
    a: ink(digits, 0),
    b: ink(digits, 1),
    C: scaled(costMatrix(grid, grid, cost)),
    eps: 1 / eta,
  };
}
