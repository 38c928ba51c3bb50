import { ArgumentError, type Tensor, tree } from "@x/tensor";
import { readScalar } from "../core/scalar";
import type { Derivatives, Point } from "./derivatives";
import type { Vector } from "./vectors";

const known = new WeakSet<object>();

/**
 * Refuses a problem in which x has no influence; looks once at each problem, where values can be read.
 *
 * Not-a-number spreads through whatever uses it, also where a derivative happens to be 0.
 */
export function checkInfluence(problem: object, derivatives: Derivatives, point: Point): void {
  const [first] = tree.leaves(point.x) as Tensor[];
  if (known.has(problem) || first === undefined || readScalar(first.sum()) === undefined) return;
  const x = tree.map((a: Tensor) => a.mul(Number.NaN), point.x);
  const seen = [
    derivatives.upper(x, point.y, point.batch),
    ...(tree.leaves(derivatives.lowerGradient({ ...point, x })) as Tensor[]),
  ].map((a: Tensor) => readScalar(a.sum()));
  if (seen.some((s) => s === undefined)) return;
  if (!seen.some(Number.isNaN)) {
    throw new ArgumentError(
      `${derivatives.operation}: hypergradient is identically zero: neither the upper level nor the lower level's gradient in y depends on x; use x in one of them`,
      { operation: derivatives.operation },
    );
  }
  known.add(problem);
}

/** Names the leaves of a tree that are not float tensors. */
export function checkVector(caller: string, name: string, v: Vector): void {
  const leaves = tree.leaves(v) as unknown[];
  const names = tree.names(v);
  if (leaves.length === 0) {
    throw new ArgumentError(`${caller}: expected ${name} with at least one tensor; it has none`);
  }
  leaves.forEach((leaf, i) => {
    const dtype = (leaf as Partial<Tensor> | null)?.dtype;
    if (dtype === "f32" || dtype === "f64") return;
    throw new ArgumentError(
      `${caller}: expected ${name} to be a tree of f32 or f64 tensors; ${names[i] || "the root"} is ${dtype ?? typeof leaf}; make it a float tensor`,
      { path: names[i] },
    );
  });
}
