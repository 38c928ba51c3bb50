import { concat, range, type Tensor, tensor, valueAndGrad, zeros } from "@x/tensor";
import { checkCount, checkRate } from "../core/check";
import { fillZeros } from "../core/fill-zeros";
import { firstStep } from "../core/leafwise";
import { named } from "../core/named";
import { neededFunction, neededValue, needsParams } from "../core/needs";
import { rateAt } from "../core/rate";
import { scalarDType } from "../core/scalar-dtype";
import { checkLeaf, entriesOf, keyOf, mapLeaves, parameterEntries, zipTrees } from "../core/tree";
import type { Extra, GradientTransformation, OptState, Rate } from "../types";
import { type LineSearch, strongWolfe } from "./strong-wolfe";

/** Options of {@link lbfgs}. */
export interface LbfgsOptions {
  /** Pairs of steps and gradient changes that are kept, ≥ 1; default 10. */
  readonly history?: number;
  /** Along the direction; default `strongWolfe()`. `null` takes steps of length lr. */
  readonly lineSearch?: LineSearch | null;
  /** Step length without line search, ≥ 0; default 1. */
  readonly lr?: Rate;
}

/** State of {@link lbfgs}: vectors of all parameters in one, newest pairs first. */
export interface LbfgsState {
  readonly step: Tensor;
  /** Steps, [history, n]. */
  readonly s: Tensor;
  /** Gradient changes, [history, n]. */
  readonly y: Tensor;
  /** 1/sᵀy; 0 where there is no pair. */
  readonly rho: Tensor;
  /** Parameters of the last step, [n]. */
  readonly lastParams: Tensor;
  /** Gradient there, [n]. */
  readonly lastGrad: Tensor;
  readonly [key: string]: OptState;
}

/**
 * Quasi-Newton steps from the last changes of the gradient, with a line search: for full gradients, few parameters
 * and high accuracy.
 *
 * d = −Hg by the two-loop recursion over pairs s = Δθ, y = Δg, beginning at H₀ = sᵀy/yᵀy; pairs with
 * sᵀy ≤ 1e-10·‖s‖‖y‖ are skipped. The line search needs `extra.valueFn`, and `extra.value` saves it one evaluation.
 * All parameters move together, so leaves without gradients keep out of it altogether.
 *
 * @throws ArgumentError for options out of range, and in `update` without parameters or `extra.valueFn`
 * @example
 * const t = lbfgs();
 * const [value, grads] = valueAndGrad(loss)(params);
 * t.update(grads, state, params, { value, valueFn: loss });
 * @see Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.4
 */
export function lbfgs(options: LbfgsOptions = {}): GradientTransformation<LbfgsState> {
  const { history = 10, lineSearch = strongWolfe(), lr = 1 } = options;
  checkCount("lbfgs", "history", history);
  checkRate("lbfgs", "lr", lr);
  return named("lbfgs", {
    init(params) {
      const entries = parameterEntries("lbfgs", params);
      const n = entries.reduce((sum, { leaf }) => sum + leaf.size, 0);
      const like = {
        dtype: entries.some(({ leaf }) => leaf.dtype === "f64") ? "f64" : "f32",
      } as const;
      return {
        step: firstStep(),
        s: zeros([history, n], like),
        y: zeros([history, n], like),
        rho: zeros([history], like),
        lastParams: zeros([n], like),
        lastGrad: zeros([n], like),
      };
    },
    update<P>(grads: P, state: LbfgsState, params?: P, extra?: Extra) {
      if (params === undefined) throw needsParams("lbfgs");
      const whole = aligned(grads, params);
      const dtype = state.s.dtype as "f32" | "f64";
      const [x, g] = [flat(params, dtype), flat(whole, dtype)];
      const pairs = withPair(state, x, g);
      const direction = twoLoop(pairs, g).neg();
      const alpha =
        lineSearch === null
          ? tensor(rateAt("lbfgs", lr, state.step), { dtype: scalarDType() })
          : searched(lineSearch, params, direction, g, extra);
      const step = direction.mul(alpha.cast(dtype));
      const updates = unflat(step, params);
      return {
        updates: mapLeaves("lbfgs", grads, (_, path) => updates.get(keyOf(path)) as Tensor),
        state: { ...pairs, step: state.step.add(1), lastParams: x, lastGrad: g },
      };
    },
  });
}

/** Gradients in the whole structure of the parameters, zero where there are none. */
function aligned<P>(grads: P, params: P): P {
  zipTrees("lbfgs", { grads, params }, 0, {
    leaf([grad, param], path) {
      checkLeaf("lbfgs", path, grad as Tensor, param);
      return [];
    },
    absent: () => [],
  });
  return fillZeros("lbfgs", params, grads);
}

/** All leaves one after the other. */
const flat = (params: unknown, dtype: "f32" | "f64"): Tensor =>
  concat(entriesOf("lbfgs", params).map(({ leaf }) => leaf.reshape([leaf.size]).cast(dtype)));

/** The inverse of {@link flat}, by path. */
function unflat(vector: Tensor, params: unknown): Map<string, Tensor> {
  let from = 0;
  return new Map(
    entriesOf("lbfgs", params).map(({ path, leaf }) => {
      const part = vector.at(range(from, from + leaf.size));
      from += leaf.size;
      return [keyOf(path), part.reshape(leaf.shape).cast(leaf.dtype)];
    }),
  );
}

type Pairs = Pick<LbfgsState, "s" | "y" | "rho">;

/** History with the pair of the last step, if there is one and the curvature along it is positive. */
function withPair(state: LbfgsState, x: Tensor, g: Tensor): Pairs {
  const s = x.sub(state.lastParams);
  const y = g.sub(state.lastGrad);
  const sy = s.mul(y).sum();
  const keep = state.step.greater(0).logicalAnd(sy.greater(s.norm().mul(y.norm()).mul(1e-10)));
  const shifted = (newest: Tensor, all: Tensor): Tensor =>
    keep.where(concat([newest.expandDims(0), all.at(range(0, (all.shape[0] as number) - 1))]), all);
  return {
    s: shifted(s, state.s),
    y: shifted(y, state.y),
    rho: shifted(sy.reciprocal(), state.rho),
  };
}

/**
 * H·g for the inverse Hessian that the pairs stand for. Pairs with ρ = 0 change nothing.
 *
 * @see Nocedal & Wright 2006, algorithm 7.4
 */
function twoLoop({ s, y, rho }: Pairs, g: Tensor): Tensor {
  const count = rho.shape[0] as number;
  const shares: Tensor[] = [];
  let q = g;
  for (let i = 0; i < count; i++) {
    const share = s.at(i).mul(q).sum().mul(rho.at(i));
    shares.push(share);
    q = q.sub(y.at(i).mul(share));
  }
  const known = rho.at(0).greater(0);
  const curvature = rho.at(0).mul(y.at(0).square().sum());
  const unscaled = g.norm().reciprocal().minimum(1);
  let r = q.mul(known.where(known.where(curvature, 1).reciprocal(), unscaled));
  for (let i = count - 1; i >= 0; i--) {
    const share = y.at(i).mul(r).sum().mul(rho.at(i));
    r = r.add(s.at(i).mul((shares[i] as Tensor).sub(share)));
  }
  return r;
}

/** The step length that a line search finds. */
function searched<P>(
  search: LineSearch,
  params: P,
  direction: Tensor,
  g: Tensor,
  extra: Extra | undefined,
): Tensor {
  const valueFn = neededFunction("lbfgs", "valueFn", extra) as unknown as (p: P) => Tensor;
  const along = unflat(direction, params);
  const onLine = valueAndGrad((alpha: Tensor) => {
    const moved = mapLeaves("lbfgs", params, (p, path) =>
      p.add((along.get(keyOf(path)) as Tensor).mul(alpha.cast(p.dtype))),
    );
    return valueFn(moved).cast(scalarDType());
  });
  const phi = (alpha: Tensor): { value: Tensor; slope: Tensor } => {
    const [value, slope] = onLine(alpha);
    return { value, slope: slope as Tensor };
  };
  const one = tensor(1, { dtype: scalarDType() });
  const value =
    extra?.value === undefined ? phi(one.mul(0)).value : neededValue("lbfgs", extra.value);
  const slope = direction.cast(scalarDType()).mul(g.cast(scalarDType())).sum();
  return search(phi, { value, slope }, one);
}
