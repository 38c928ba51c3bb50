import { jit, random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { bilevel, boRep, scaleByLearningRate, solveBilevel } from "../../src/index";
import { best, drawNoise, noisyQuartic, phi, quartic, slope } from "./quartic";
import { f64 } from "./scalar-ridge";

const settings = { innerLr: 0.2, vLr: 0.2, beta: 0.9, period: 2, innerSteps: 3 };

describe("boRep", () => {
  test("reaches the minimum from a point with a steep gradient, where plain descent diverges", () => {
    const decaying = boRep(quartic, { ...settings, outerLr: (k) => 0.01 / Math.sqrt(1 + k / 200) });
    const { x, errors } = solveBilevel(decaying, f64(8), f64(0), { iterations: 4000 });
    expect(x.item()).toBeCloseTo(0.4589, 4);
    // Computed: 1.6e-7.
    expect(phi(x.item()) - phi(best)).toBeLessThan(1.7e-7);
    // 0.1 x + 3 · vLr (y − 1)³ with y near 12.
    expect(errors[0]).toBeGreaterThan(700);

    const rate = scaleByLearningRate(0.01);
    const plain = bilevel(quartic, { method: "cg", outer: rate, inner: scaleByLearningRate(0.2) });
    const run = solveBilevel(plain, f64(8), f64(12), { iterations: 20 });
    expect(Number.isFinite(run.x.item()) && Math.abs(run.x.item()) < 8).toBe(false);
  });

  test("every step of x has the length outerLr, across the leaves of a tree", () => {
    const solver = boRep(
      {
        upper: (x: { a: Tensor; b: Tensor }, y: Tensor) =>
          y.sub(1).square().sum().add(x.a.square().sum()),
        lower: (x: { a: Tensor; b: Tensor }, y: Tensor) => y.sub(x.a).sub(x.b).square().sum(),
      },
      { outerLr: 0.03 },
    );
    let state = solver.init({ a: f64([3, 1]), b: f64(2) }, f64([0, 0]));
    for (let k = 0; k < 5; k++) {
      const { x } = state;
      state = solver.step(state);
      const moved = state.x.a.sub(x.a).square().sum().add(state.x.b.sub(x.b).square());
      // normEps is 1e-10 beside an m of size 1.
      assertClose(moved.sqrt(), 0.03, { relative: 1e-9 });
    }
  });

  test("period 1, many inner steps and no momentum make normalised exact hypergradient descent", () => {
    const solver = boRep(quartic, {
      outerLr: 0.05,
      innerLr: 0.5,
      vLr: 0.5,
      beta: 0,
      period: 1,
      innerSteps: 2,
      refineEpochs: 0,
    });
    let state = solver.init(f64(2), f64(3));
    let x = 2;
    for (let k = 0; k < 30; k++) {
      state = solver.step(state);
      // A step of ½ on the curvature 2 is Newton's: y and z are exact.
      x -= 0.05 * Math.sign(slope(x));
      assertClose(state.x, x, { absolute: 1e-8 });
    }
  });

  test("m is the running mean of hypergradients, begun at 0", () => {
    const solver = boRep(quartic, { ...settings, refineEpochs: 0 });
    const first = solver.step(solver.init(f64(2), f64(3)));
    // z = 0.2 · (y − 1)³ = 1.6, h = 0.1 x + 3 z.
    assertClose(first.z, 1.6, { relative: 1e-12 });
    assertClose(first.m, 0.1 * (0.2 + 4.8), { relative: 1e-12 });
    assertClose(first.error, 5, { relative: 1e-12 });
  });

  test("corrects y only every period steps, and not at the first", () => {
    const solver = boRep(quartic, { ...settings, period: 3 });
    let state = solver.init(f64(1), f64(0));
    const changed: number[] = [];
    for (let k = 0; k < 8; k++) {
      const before = state.y.item();
      state = solver.step(state);
      if (state.y.item() !== before) changed.push(k);
    }
    expect(changed).toEqual([3, 6]);
    expect(state.cost.lowerGradients.item()).toBe(10 * 31 + 2 * 3);
  });

  test("radius keeps a correction near its start", () => {
    const solver = boRep(quartic, { ...settings, radius: 0.01, refineEpochs: 0, period: 1 });
    let state = solver.init(f64(4), f64(0));
    state = solver.step(state);
    state = solver.step(state);
    assertClose(state.y, 0.01, { relative: 1e-12 });
  });

  test("the refinement averages epochs of halved steps", () => {
    const solver = boRep(quartic, { innerLr: 0.1, refineEpochs: 2, refineSteps: 2 });
    // y − 3 shrinks by 0.8 per step of the first epoch and by 0.9 in the second; epochs end in their mean.
    const epoch = (shrink: number, steps: number): number =>
      Array.from({ length: steps }, (_, i) => shrink ** (i + 1)).reduce((a, b) => a + b) / steps;
    assertClose(solver.init(f64(2), f64(0)).y, 3 - 3 * epoch(0.8, 2) * epoch(0.9, 4), {
      relative: 1e-12,
    });
  });

  test("runs compiled, plain and inside jit to the same state", () => {
    const states = [boRep(quartic, settings), boRep(quartic, { ...settings, jit: false })].map(
      (s) => {
        let state = s.init(f64(2), f64(0));
        for (let k = 0; k < 6; k++) state = s.step(state);
        return state;
      },
    );
    const solver = boRep(quartic, settings);
    const step = jit(solver.step);
    let state = solver.init(f64(2), f64(0));
    for (let k = 0; k < 6; k++) state = step(state);
    for (const other of states) assertClose(other.x, state.x, { relative: 1e-12 });
  });

  test("resumes exactly, with noise", () => {
    const make = () => boRep(noisyQuartic, { ...settings, sample: drawNoise, key: random.key(5) });
    const whole = solveBilevel(make(), f64(2), f64(0), { iterations: 9 }).state;
    const half = solveBilevel(make(), f64(2), f64(0), { iterations: 4 }).state;
    const copy = { ...half, key: tensor((half.key as Tensor).dataSync().slice()) };
    const rest = solveBilevel(make(), f64(2), f64(0), { iterations: 5, state: copy }).state;
    expect([rest.x.item(), rest.y.item(), rest.z.item()]).toEqual([
      whole.x.item(),
      whole.y.item(),
      whole.z.item(),
    ]);
    expect(whole.step.item()).toBe(9);
  });

  test("draws fresh noise at every use", () => {
    const solver = boRep(noisyQuartic, { ...settings, sample: drawNoise, key: random.key(5) });
    const run = solveBilevel(solver, f64(0.5), f64(0.75), { iterations: 400 });
    // Steps of 0.01 around the minimum, driven by noise of size 0.05 in a slope of curvature 0.5.
    expect(Math.abs(run.x.item() - best)).toBeLessThan(0.2);
    expect(new Set(run.errors).size).toBe(400);
  });

  test("refuses what the method cannot work with", () => {
    expect(() => boRep(quartic, { period: 0 })).toThrow("period to be a whole number ≥ 1; got 0");
    expect(() => boRep(quartic, { beta: 1 })).toThrow("beta in [0, 1); got 1");
    expect(() => boRep(quartic, { radius: 0 })).toThrow("radius > 0 and finite; got 0");
    expect(() => boRep(noisyQuartic, { sample: drawNoise })).toThrow(
      "expected a random key beside sample",
    );
    expect(() => boRep(quartic, { innerLr: 50 }).init(f64(2), f64(0))).toThrow(
      /gradient steps of 50 can minimise; y became (NaN|-?Infinity|Infinity); lower innerLr/,
    );
  });
});
