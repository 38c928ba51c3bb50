import { ArgumentError, eye, outer, random, type Tensor, tensor, zeros } from "@x/tensor";
import { solve } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { ballDomain, boxDomain, simplexDomain } from "../../src/online/domains";
import { dynamicMirrorDescent } from "../../src/online/dynamic-mirror-descent";
import { MatrixNorm } from "../../src/online/matrix-norm";
import {
  type OnlineLearner,
  type OnlineMode,
  optimisticMirrorDescent,
} from "../../src/online/optimistic-mirror-descent";

const d = 5;
const ball = { dimension: d, domain: ballDomain(1), G: 3, L: 1 };

/** Targets 0.5 e₁ plus noise for losses ½‖x − c_t‖². */
function targets(count: number, sigma: number): number[][] {
  const noise = random
    .normal(random.key(1), [count, d], { dtype: "f64", std: 1 })
    .mul(sigma)
    .toArray() as number[][];
  return noise.map((row) => row.map((v, i) => v + (i === 0 ? 0.5 : 0)));
}

const half = (x: ArrayLike<number>, c: readonly number[]): number =>
  c.reduce((sum, v, i) => sum + 0.5 * ((x[i] as number) - v) ** 2, 0);

/** Losses of the learner minus those of the best fixed point, the mean of the targets. */
function regret<S>(learner: OnlineLearner<S>, cs: readonly number[][]): number {
  const mean = (cs[0] as number[]).map(
    (_, i) => cs.reduce((s, c) => s + (c[i] as number), 0) / cs.length,
  );
  let sum = 0;
  for (const c of cs) {
    const x = learner.decide();
    sum += half(x, c) - half(mean, c);
    learner.observe(x.map((v, i) => v - (c[i] as number)));
  }
  return sum;
}

const run = (mode: OnlineMode, T: number, sigma: number, optimistic = true): number =>
  regret(optimisticMirrorDescent({ ...ball, mode, optimistic, adaptG: true }), targets(T, sigma));

describe("optimisticMirrorDescent", () => {
  it("has the regret of a second-order recursion without noise", () => {
    // Errors follow g_{t+1} = (1 − 2η)g_t + ηg_{t−1} from g_1 = 0.5; the sum of squares of such a sequence is known.
    for (const eta of [0.1, 0.2, 0.3]) {
      const squares = (1 - eta) / ((1 + eta) * ((1 - eta) ** 2 - (1 - 2 * eta) ** 2));
      expect(run({ kind: "fixed", eta }, 1000, 0)).toBeCloseTo(0.125 * squares, 10);
    }
  });

  it("has a regret without noise that does not grow, and a smaller one than without hints", () => {
    const [a, b, c] = [500, 2000, 8000].map((T) => run({ kind: "convex" }, T, 0)) as number[];
    expect(b).toBeCloseTo(a as number, 10);
    expect(c).toBeCloseTo(a as number, 10);
    expect(a).toBeLessThan(run({ kind: "convex" }, 500, 0, false));
  });

  it("has a regret of √T with noise", () => {
    // Computed for other draws of the noise: 10.9, 22.9, 45.8.
    const [a, b, c] = [500, 2000, 8000].map((T) => run({ kind: "convex" }, T, 0.3)) as [
      number,
      number,
      number,
    ];
    expect(Math.abs(a / 10.9 - 1)).toBeLessThan(0.15);
    expect(Math.abs(b / 22.9 - 1)).toBeLessThan(0.15);
    expect(Math.abs(c / 45.8 - 1)).toBeLessThan(0.15);
  });

  it("has a regret of log T when it knows the losses' strong convexity", () => {
    const mode = { kind: "stronglyConvex", lambda: 1 } as const;
    const [a, b, c] = [500, 2000, 8000].map((T) => run(mode, T, 0.3)) as [number, number, number];
    // Computed for other draws: 2.96, 3.10, 3.52; the slope in log T is noise-limited.
    expect(a).toBeLessThan(5);
    expect(c).toBeLessThan(5);
    expect(c - b).toBeLessThan(1);
  });

  it("steps by the inverse of the sum of squared gradients for exp-concave losses", () => {
    const [G, alpha, big] = [2, 0.1, 100] as const;
    const learner = optimisticMirrorDescent({
      dimension: 3,
      domain: { ...ballDomain(big), diameter: 1 },
      mode: { kind: "expConcave", alpha },
      G,
    });
    const gs = random.uniform(random.key(2), [6, 3], { dtype: "f64", low: -1 });
    const beta = 0.5 * Math.min(1 / (4 * G), alpha);
    let h = eye(3, { dtype: "f64" }).mul(1 + 0.5 * beta * G * G);
    let x: Tensor = zeros([3], { dtype: "f64" });
    for (let t = 0; t < 6; t++) {
      const hint = t === 0 ? x : gs.at(t - 1);
      assertClose(tensor(learner.decide()), x.sub(solve(h, hint)));
      learner.observe(gs.at(t));
      x = x.sub(solve(h, gs.at(t)));
      h = h.add(outer(gs.at(t), gs.at(t)).mul(0.5 * beta));
    }
  });

  it("projects in the norm of the gradients so far: no point of the domain is nearer", () => {
    const norm = MatrixNorm.scaledIdentity(2, 1);
    norm.addOuter(Float64Array.of(3, 1), 1);
    norm.addOuter(Float64Array.of(-1, 2), 0.5);
    const [[a, b], [, c]] = norm.rows() as [[number, number], [number, number]];
    const length = (x: number, y: number): number => a * x * x + 2 * b * x * y + c * y * y;
    for (const [u, v] of [
      [2, 0.5],
      [-0.3, 3],
      [5, 5],
    ] as const) {
      const x = norm.project(Float64Array.of(u, v), ballDomain(1)) as unknown as [number, number];
      expect(Math.hypot(...x)).toBeCloseTo(1, 12);
      const best = Math.min(
        ...Array.from({ length: 10_000 }, (_, i) => {
          const angle = (2 * Math.PI * i) / 10_000;
          return length(Math.cos(angle) - u, Math.sin(angle) - v);
        }),
      );
      // A grid of 10 000 angles misses the minimum by (π/10⁴)² times a curvature below 100.
      expect(length(x[0] - u, x[1] - v)).toBeLessThanOrEqual(best + 1e-9);
      expect(length(x[0] - u, x[1] - v)).toBeGreaterThan(best - 1e-5);
    }
    const inside = norm.project(Float64Array.of(0.1, 0.2), ballDomain(1));
    expect([...inside]).toEqual([0.1, 0.2]);
  });

  it("is projected gradient descent without hints", () => {
    const learner = optimisticMirrorDescent({
      ...ball,
      mode: { kind: "fixed", eta: 0.3 },
      optimistic: false,
    });
    let x: Float64Array = new Float64Array(d);
    for (const c of targets(20, 1)) {
      expect([...learner.decide()]).toEqual([...x]);
      const g = x.map((v, i) => 0.5 * (v - (c[i] as number)));
      learner.observe(g);
      x = ballDomain(1).project(x.map((v, i) => v - 0.3 * (g[i] as number)));
    }
  });

  it("has a bounded regret for losses that stay the same", () => {
    const learner = optimisticMirrorDescent({ ...ball, L: 0, G: 1 });
    let losses = 0;
    for (let t = 0; t < 1000; t++) {
      losses += learner.decide()[0] as number;
      learner.observe([1, 0, 0, 0, 0]);
    }
    // The best point loses −1 a round.
    expect(losses + 1000).toBeLessThan(3);
    expect(learner.toJSON().rule.variation).toBe(0);
  });

  it("stays inside the simplex, and finds the best corner", () => {
    const learner = optimisticMirrorDescent({
      dimension: 3,
      domain: simplexDomain(),
      geometry: "entropy",
      mode: { kind: "fixed", eta: 0.5 },
      G: 5,
    });
    const g = [0, 1, 2];
    for (let t = 0; t < 2000; t++) {
      const x = learner.decide();
      expect(x.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      expect(Math.min(...x)).toBeGreaterThan(0);
      learner.observe(g);
    }
    expect(learner.decide()[0]).toBeCloseTo(1, 12);
    // Weights come back, however small they have become.
    for (let t = 0; t < 5000; t++) learner.observe([3, 0, 3]);
    expect(learner.decide()[1]).toBeCloseTo(1, 6);
  });

  it("follows a target that moves by a mixture of step sizes", () => {
    const T = 2000;
    const cs = Array.from({ length: T }, (_, t) =>
      Array.from({ length: d }, (_unused, i) =>
        i < 2 ? 0.5 * Math.cos(t / 40 + (i * Math.PI) / 2) : 0,
      ),
    );
    const total = <S>(learner: OnlineLearner<S>): number => {
      let sum = 0;
      for (const c of cs) {
        const x = learner.decide();
        sum += half(x, c);
        learner.observe(x.map((v, i) => v - (c[i] as number)));
      }
      return sum;
    };
    const still = total(
      optimisticMirrorDescent({ ...ball, mode: { kind: "stronglyConvex", lambda: 1 } }),
    );
    const moving = total(dynamicMirrorDescent({ ...ball, horizon: T }));
    expect(moving).toBeLessThan(0.5 * still);
  });

  it("goes on from a stored state as if it had not stopped", () => {
    const cs = targets(40, 0.3);
    const make = (): OnlineLearner<never>[] =>
      [
        optimisticMirrorDescent({ ...ball }),
        optimisticMirrorDescent({ ...ball, mode: { kind: "stronglyConvex", lambda: 1 } }),
        optimisticMirrorDescent({ ...ball, mode: { kind: "expConcave", alpha: 0.5 } }),
        dynamicMirrorDescent({ ...ball, horizon: 40 }),
      ] as never;
    const copies = make();
    make().forEach((a, i) => {
      regret(a, cs.slice(0, 20));
      const b = copies[i] as OnlineLearner<never>;
      b.restore(JSON.parse(JSON.stringify(a)) as never);
      // The inverse of H is computed anew when restored.
      expect(regret(b, cs.slice(20))).toBeCloseTo(regret(a, cs.slice(20)), 12);
    });
  });

  it("refuses gradients of another length or beyond G, and options that make no sense", () => {
    const learner = optimisticMirrorDescent(ball);
    expect(() => learner.observe([1])).toThrow("expected 5 numbers; got 1");
    expect(() => learner.observe([4, 0, 0, 0, 0])).toThrow(ArgumentError);
    expect(() => learner.observe([4, 0, 0, 0, 0])).toThrow(
      "optimisticMirrorDescent: expected gradients no longer than G = 3; got one of norm 4; raise G, or set adaptG",
    );
    learner.observe(tensor([3.02, 0, 0, 0, 0]));
    const tolerant = optimisticMirrorDescent({ ...ball, adaptG: true });
    tolerant.observe([4, 0, 0, 0, 0]);
    expect(tolerant.toJSON().G).toBe(4);
    expect(() => tolerant.observe([Number.NaN, 0, 0, 0, 0])).toThrow("norm NaN");
    expect(() => optimisticMirrorDescent({ ...ball, G: 0 })).toThrow("expected G > 0");
    expect(() => optimisticMirrorDescent({ ...ball, domain: boxDomain([0], [1]) })).toThrow(
      "expected a domain of 5 coordinates; it has 1",
    );
    expect(() =>
      optimisticMirrorDescent({
        ...ball,
        geometry: "entropy",
        mode: { kind: "expConcave", alpha: 1 },
      }),
    ).toThrow("expected the Euclidean geometry");
    expect(() => ballDomain(0)).toThrow("expected radius > 0");
    expect(() => boxDomain([1], [0])).toThrow("boxDomain: expected low < high");
  });
});

describe("simplexDomain", () => {
  it("projects to the nearest point", () => {
    const { project } = simplexDomain();
    expect([...project(Float64Array.of(0.5, 0.5))]).toEqual([0.5, 0.5]);
    expect([...project(Float64Array.of(2, 0, 0))]).toEqual([1, 0, 0]);
    // Optimality: x − y is constant where x > 0 and not smaller elsewhere.
    for (let seed = 0; seed < 20; seed++) {
      const y = random.normal(random.key(seed), [6], { dtype: "f64" }).dataSync() as Float64Array;
      const x = project(y);
      expect(x.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      const shift = x.map((v, i) => v - (y[i] as number));
      const active = shift.find((_, i) => (x[i] as number) > 0) as number;
      shift.forEach((s, i) => {
        if ((x[i] as number) > 0) expect(s).toBeCloseTo(active, 12);
        else expect(s).toBeGreaterThanOrEqual(active - 1e-12);
      });
    }
  });
});
