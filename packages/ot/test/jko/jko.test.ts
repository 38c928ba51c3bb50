import { ArgumentError, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import { jkoFlow, jkoStep } from "../../src/jko";

const n = 120;
const x = Float64Array.from({ length: n }, (_, i) => -6 + (12 * i) / (n - 1));
const C = tensor(
  Float64Array.from({ length: n * n }, (_, k) => {
    const d = (x[Math.floor(k / n)] as number) - (x[k % n] as number);
    return d * d;
  }),
  { shape: [n, n] },
);
const gaussian = (variance: number, mean = 0): Float64Array => {
  const w = x.map((t) => Math.exp(-((t - mean) ** 2) / (2 * variance)));
  const sum = w.reduce((s, v) => s + v, 0);
  return w.map((v) => v / sum);
};
const moments = (q: ArrayLike<number>) => {
  const w = Array.from(q);
  const mass = w.reduce((s, v) => s + v, 0);
  const mean = w.reduce((s, v, i) => s + v * (x[i] as number), 0) / mass;
  const variance = w.reduce((s, v, i) => s + v * ((x[i] as number) - mean) ** 2, 0) / mass;
  return { mass, mean, variance };
};

describe("a step of the flow", () => {
  test("towards a fixed target arrives there", () => {
    const target = gaussian(0.5, 1);
    const { q, converged } = jkoStep(gaussian(1), C, { tau: 0.1, eps: 0.1, energy: { target } });
    expect(converged).toBe(true);
    q.dataSync().forEach((v, i) => {
      expect(Math.abs(v - (target[i] as number))).toBeLessThan(1e-12);
    });
  });

  // For Gaussians of variances A before and B after, with covariance c of the coupling, the objective is
  // (A + B − 2c − ½ε log(AB − c²))/2τ − ½ s log B + ½ k B for the potential k x²/2, whose derivatives vanish.
  test.each([0.1, 0.02])(
    "by diffusion raises the variance as the closed form says, ε = %d",
    (eps) => {
      const [s, tau, A] = [1, 0.1, 1];
      const { q, converged } = jkoStep(gaussian(A), C, { tau, eps, energy: { entropy: s } });
      expect(converged).toBe(true);
      const wide = A + eps / 2;
      const expected = (wide + Math.sqrt(wide ** 2 + 4 * A * tau * s)) / 2 + tau * s;
      const end = moments(q.dataSync());
      // The sums over a grid of a tenth of a standard deviation are exact; the tails end at 6.
      expect(end.variance).toBeCloseTo(expected, 5);
      expect(end.mass).toBeCloseTo(1, 12);
      // 2sτ for small ε and τ; the implicit step lacks s²τ²/A, and ε/2 is the blur.
      expect(Math.abs(end.variance - (A + 2 * s * tau + eps / 2))).toBeLessThan(0.02);
    },
  );

  test("in a potential without diffusion moves mass downhill at once", () => {
    const { q, iterations } = jkoStep(
      [0.5, 0.5],
      [
        [0, 1],
        [1, 0],
      ],
      {
        tau: 1,
        eps: 0.5,
        energy: { potential: [0, 1] },
      },
    );
    // v = e^{−κV} with κ = 4, u = p/Kv: q_0 = (½/(1 + e⁻²e⁻⁴) + ½e⁻²/(e⁻² + e⁻⁴)).
    const k = Math.exp(-2);
    const v = Math.exp(-4);
    expect(q.at(0).item()).toBeCloseTo(0.5 / (1 + k * v) + (0.5 * k) / (k + v), 12);
    expect(iterations).toBeLessThan(4);
  });

  test("takes an energy of the user's by its proximal map", () => {
    const V = x.map((t) => t * t);
    const options = { tau: 0.2, eps: 0.2 } as const;
    const named = jkoStep(gaussian(1, 1), C, { ...options, energy: { potential: V } });
    const own = jkoStep(gaussian(1, 1), C, {
      ...options,
      energy: (z, kappa) => z.map((value, j) => value - kappa * (V[j] as number)),
    });
    expect(own.q.dataSync()).toEqual(named.q.dataSync());
  });

  test("leaves points empty that no mass can reach", () => {
    const { q } = jkoStep(
      [1, 0],
      [
        [0, Infinity],
        [0, 0],
      ],
      { tau: 1, eps: 1, energy: { entropy: 1 } },
    );
    expect(q.toArray()).toEqual([1, 0]);
  });

  test("names bad options and says when it stops early", () => {
    const energy = { entropy: 1 };
    expect(() => jkoStep(null, C, { tau: 0, energy })).toThrow(ArgumentError);
    expect(() => jkoStep(null, C, { tau: 1, energy: { entropy: -1 } })).toThrow(/entropy ≥ 0/);
    expect(() => jkoStep(null, C, { tau: 1, energy: { potential: [1] } })).toThrow(
      /energy.potential/,
    );
    const early = jkoStep(null, C, { tau: 1, eps: 0.1, energy, maxIterations: 2, warn: false });
    expect(early.converged).toBe(false);
    expect(early.status).toMatch(/^not converged.*2 iterations$/);
  });
});

describe("a flow", () => {
  test("ends in the stationary law of diffusion in a quadratic potential, blurred by ε", async () => {
    const V = x.map((t) => t ** 2 / 2);
    const [tau, eps, s] = [0.5, 0.1, 1];
    const steps: number[] = [];
    const end = await jkoFlow(gaussian(0.5, 1), C, {
      steps: 25,
      ...{ tau, eps, energy: { potential: V, entropy: s } },
      onStep: (step) => steps.push(step),
    });
    const { variance, mean } = moments(end.q.dataSync());
    expect(steps.length).toBe(25);
    expect(Math.abs(mean)).toBeLessThan(1e-3);
    // exp(−V/s) has variance 1; with the blur, (1 − B/c)/τ = s/B − 1 where B² − c² = ½εc.
    const c = -eps / 4 + Math.sqrt(eps ** 2 / 16 + variance ** 2);
    expect((1 - variance / c) / tau).toBeCloseTo(s / variance - 1, 4);
    expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });

  test("stops when it is told to", async () => {
    const control = new AbortController();
    const flow = jkoFlow(null, C, {
      steps: 100,
      ...{ tau: 1, eps: 0.5, energy: { entropy: 1 } },
      signal: control.signal,
      onStep: (step) => {
        if (step === 2) control.abort(new Error("enough"));
      },
    });
    await expect(flow).rejects.toThrow("enough");
    await expect(jkoFlow(null, C, { steps: 0, tau: 1, energy: {} })).rejects.toThrow(/steps ≥ 1/);
  });
});
