import { random, type Tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import type { OTResult } from "../../src/index";
import {
  sinkhorn,
  sinkhornBatch,
  sinkhornNewton,
  sinkhornPoints,
  sinkhornSample,
  sinkhornTargets,
  sinkhornUnbalanced,
} from "../../src/index";

const X = random.normal(random.key(1), [300, 2], { dtype: "f64" });
const Y = random.normal(random.key(2), [300, 2], { dtype: "f64" }).add(3);
const between = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().item();

describe('init: "gaussian"', () => {
  // A hundredth of the mean cost. Iterations alone: Newton's method would hide where they began.
  const settings = { eps: 0.2, tol: 1e-9, finish: false } as const;
  type Init = "gaussian" | undefined;
  const forms: Record<string, (init: Init) => OTResult> = {
    "plain iterations": (init) => sinkhornSample(X, Y, { ...settings, overrelax: false, init }),
    "accelerated iterations": (init) => sinkhornSample(X, Y, { ...settings, init }),
    "log form": (init) => sinkhornSample(X, Y, { ...settings, mode: "log", init }),
    sinkhornPoints: (init) => sinkhornPoints(X, Y, { eps: 0.2, overrelax: false, init }),
    "the streaming method": (init) =>
      sinkhornSample(X, Y, { eps: 0.2, method: "streaming", overrelax: false, init }),
  };

  it("is refused with what streaming does not take", () => {
    expect(() => sinkhornSample(X, Y, { ...settings, method: "streaming" })).toThrow("got finish");
  });

  it.each(Object.entries(forms))("saves iterations between Gaussian clouds: %s", (_, solve) => {
    const [zeros, gaussian] = [solve(undefined), solve("gaussian")];
    expect(gaussian.converged).toBe(true);
    // By a third at this ε, as measured; half of that is asked for.
    expect(gaussian.iterations).toBeLessThan((5 / 6) * zeros.iterations);
    // Marginal errors of 1e-9 of both, times the factor by which slow modes of the potentials exceed them.
    expect(between(gaussian.f, zeros.f)).toBeLessThan(1e-5);
    expect(Math.abs(gaussian.value - zeros.value)).toBeLessThan(1e-7);
  });

  it("is at hand with weights, some of them zero, and with the default ε", () => {
    const a = Float64Array.from({ length: 300 }, (_, i) => i % 3);
    const b = Float64Array.from({ length: 300 }, (_, i) => (i + 1) % 3);
    const dense = sinkhornSample(X, Y, { a, b, init: "gaussian" });
    const points = sinkhornPoints(X, Y, { a, b, eps: dense.eps, init: "gaussian" });
    expect(dense.converged && points.converged).toBe(true);
    expect(Math.abs(dense.linear - points.linear)).toBeLessThan(1e-5);
  });

  it("is refused for other costs, which have no such solution", () => {
    for (const solve of [sinkhornSample, sinkhornPoints])
      expect(() => solve(X, Y, { cost: "euclidean", init: "gaussian" })).toThrow(
        /^sinkhorn(Sample|Points): expected cost "sqeuclidean" with init "gaussian"; got "euclidean"; pass potentials/,
      );
    // @ts-expect-error: another word
    expect(() => sinkhornSample(X, Y, { init: "normal" })).toThrow(
      'sinkhornSample: expected init "gaussian" or { f, g }; got "normal"',
    );
  });

  it("is refused for a matrix of costs, which has no points", () => {
    const C = [[0, 1]];
    const options = { init: "gaussian", eps: 1 } as unknown as { eps: number };
    const calls = {
      sinkhorn: () => sinkhorn(null, null, C, options),
      sinkhornTargets: () => sinkhornTargets(null, [[1], [1]], C, options),
      sinkhornNewton: () => sinkhornNewton(null, null, C, options),
      sinkhornUnbalanced: () => sinkhornUnbalanced(null, null, C, { ...options, rho: 1 }),
      sinkhornBatch: () => sinkhornBatch(null, null, [C], options),
    };
    for (const [name, call] of Object.entries(calls))
      expect(call).toThrow(
        `${name}: expected init { f, g }; got "gaussian", which needs points; use sinkhornSample or sinkhornPoints`,
      );
  });
});
