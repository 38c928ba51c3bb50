import { random, type Tensor } from "@x/tensor";
import { expect, test } from "vitest";
import { costMatrix } from "../../src/costs";
import { type SinkhornDivergenceResult, sinkhornDivergence } from "../../src/divergence";
import { sinkhorn } from "../../src/sinkhorn";

const n = 100;
const steps = 200;
const target = random.normal(random.key(21), [n, 2], { dtype: "f64" }).mul([1, 0.5]);
const start = random.normal(random.key(22), [n, 2], { dtype: "f64" }).mul(0.3).add([2, 1]);
const between = target.expandDims(1).sub(target).square().sum(2).median().item();
const ratios = (X: Tensor): number[] =>
  Array.from(X.variance(0).div(target.variance(0)).dataSync());

/** 200 steps of X −= ¼ n ∇S, which are ½ for a potential of ‖x‖². */
function debiased(eps: number): Tensor {
  let X = start;
  let last: SinkhornDivergenceResult | undefined;
  for (let step = 0; step < steps; step++) {
    last = sinkhornDivergence(X, target, {
      eps,
      staticB: true,
      init: last,
      tol: 1e-7,
      warn: false,
    });
    X = X.sub(last.gradX().mul(n / 4));
  }
  return X;
}

/** The same for OT alone, whose gradient is 2 (x − T(x))/n with the barycentric map T. */
function plain(eps: number): Tensor {
  let X = start;
  for (let step = 0; step < steps; step++) {
    const result = sinkhorn(null, null, costMatrix(X, target), { eps, tol: 1e-7, warn: false });
    const map = result.barycentricMap(target);
    X = X.add(map).div(2);
  }
  return X;
}

test("a flow of the divergence ends in the target's variances, one of plain transport shrinks", () => {
  const eps = 0.1 * between;
  const [wide, narrow] = ratios(debiased(eps)) as [number, number];
  // Published for another sample: (1.00000, 1.00004).
  expect(Math.abs(wide - 1)).toBeLessThan(2e-3);
  expect(Math.abs(narrow - 1)).toBeLessThan(2e-3);
  // Between Gaussians the flow of plain transport rests where the variance is smaller by ε/2; 100 points are within a
  // standard error of a variance, √(2/100), of that.
  const variances = target.variance(0).dataSync();
  ratios(plain(eps)).forEach((ratio, k) => {
    expect(Math.abs(ratio - (1 - eps / 2 / (variances[k] as number)))).toBeLessThan(
      Math.sqrt(2 / n),
    );
  });
});
