import { grad, type Tensor, tensor, zeros } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  adam,
  adaptiveGradientClip,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransformation,
  globalNorm,
  identity,
  lookahead,
  type OptState,
  reduceOnPlateau,
  sam,
  sgd,
  weightEma,
  weightMean,
} from "../../src/index";

const f64 = (x: number | number[] | number[][]): Tensor => tensor(x, { dtype: "f64" });
const once = <P>(t: GradientTransformation, grads: P, params: P = grads): P =>
  t.update(grads, t.init(params), params).updates;

describe("clipping", () => {
  test("globalNorm neither overflows nor underflows, and knows empty and mixed trees", () => {
    expect(globalNorm({ a: tensor([3e30]), b: [tensor([4e30])] }).item()).toBeCloseTo(5e30, -24);
    expect(globalNorm({ a: f64([3e-200]), b: f64([4e-200]) }).item()).toBeCloseTo(5e-200, 213);
    expect(globalNorm({ a: zeros([0, 3]) }).item()).toBe(0);
    expect(globalNorm({ a: tensor([0]), b: f64([0]) }).item()).toBe(0);
    expect(globalNorm({ a: tensor([Number.NaN]), b: f64([1]) }).item()).toBeNaN();
  });

  test("clipByGlobalNorm shortens all leaves by one factor, and leaves short gradients as they are", () => {
    const long = once(clipByGlobalNorm(1), { a: f64([3]), b: f64([4]) });
    expect([long.a.item(), long.b.item()]).toEqual([0.6000000000000001, 0.8]);
    const short = once(clipByGlobalNorm(10), { a: f64([3]), b: f64([4]) });
    expect([short.a.item(), short.b.item()]).toEqual([3, 4]);
  });

  test("clipByValue clips coordinates", () => {
    expect(once(clipByValue(1), f64([-3, 0.5, 2])).toArray()).toEqual([-1, 0.5, 1]);
  });

  test("adaptiveGradientClip bounds each unit by its own weights", () => {
    const w = f64([
      [3, 4],
      [0, 0],
    ]);
    const g = f64([
      [30, 40],
      [3e-6, 4e-6],
    ]);
    // The first row may have 0.01 · 5; the second 0.01 · 1e-3 = 1e-5, more than the 5e-6 it has.
    assertClose(
      once(adaptiveGradientClip(), g, w),
      [
        [0.03, 0.04],
        [3e-6, 4e-6],
      ],
      { relative: 1e-12 },
    );
    assertClose(once(adaptiveGradientClip(), f64(7), f64(2)), 0.02, { relative: 1e-12 });
    assertClose(once(adaptiveGradientClip(), f64([3, 4]), f64([0, 0])), [6e-6, 8e-6], {
      relative: 1e-12,
    });
  });

  test("bounds must be positive", () => {
    expect(() => clipByGlobalNorm(0)).toThrow(
      "clipByGlobalNorm: expected bound > 0 and finite; got 0",
    );
    expect(() => clipByValue(-1)).toThrow("clipByValue: expected bound > 0 and finite; got -1");
    expect(() => adaptiveGradientClip({ limit: 0 })).toThrow(
      "adaptiveGradientClip: expected limit > 0",
    );
  });
});

describe("averages of weights", () => {
  const seen = [f64([1, 2]), f64([3, -2]), f64([5, 7])];

  test("weightEma follows its recurrence from the first parameters", () => {
    const average = weightEma(0.75);
    const state = seen
      .slice(1)
      .reduce((s, p) => average.update(s, p), average.init(seen[0] as Tensor));
    // ((1 · ¾ + 3 · ¼) · ¾ + 5 · ¼, …), in binary fractions.
    expect(average.value<Tensor>(state).toArray()).toEqual([2.375, 2.5]);
  });

  test("debiased, it is the weighted mean with weights that fall by d", () => {
    const average = weightEma(0.5, { debias: true });
    const state = seen.reduce((s, p) => average.update(s, p), average.init(seen[0] as Tensor));
    assertClose(average.value<Tensor>(state), [(1 + 6 + 20) / 7, (2 - 4 + 28) / 7], {
      relative: 1e-14,
    });
  });

  test("weightMean is the plain mean", () => {
    const average = weightMean();
    const state = seen.reduce((s, p) => average.update(s, p), average.init(seen[0] as Tensor));
    assertClose(average.value<Tensor>(state), [3, 7 / 3], { relative: 1e-14 });
  });

  test("a decay of 1 is refused", () => {
    expect(() => weightEma(1)).toThrow("weightEma: expected decay in [0, 1); got 1");
  });
});

describe("lookahead", () => {
  test("meets the slow weights every k steps, at a share α of the way", () => {
    const t = lookahead(sgd(1), { every: 2, alpha: 0.5 });
    let theta = f64(0);
    let state = t.init(theta);
    const places = [1, 1, 1, 1, 1].map((g) => {
      const result = t.update(f64(g), state, theta);
      theta = applyUpdates(theta, result.updates);
      state = result.state;
      return theta.item();
    });
    // Fast −1, −2 → slow −1; fast −2, −3 → slow −2; fast −3.
    expect(places).toEqual([-1, -1, -2, -2, -3]);
  });

  test("with α = 1 is the method inside", () => {
    const [t, inner] = [lookahead(adam(0.1), { every: 3, alpha: 1 }), adam(0.1)];
    let [a, b] = [f64([1, 2]), f64([1, 2])];
    let [s, r] = [t.init(a), inner.init(b)];
    for (let k = 0; k < 7; k++) {
      const [u, v] = [t.update(a, s, a), inner.update(b, r, b)];
      [a, s, b, r] = [applyUpdates(a, u.updates), u.state, applyUpdates(b, v.updates), v.state];
    }
    assertClose(a, b, { relative: 1e-13 });
  });

  test("refuses an α of 0", () => {
    expect(() => lookahead(sgd(1), { alpha: 0 })).toThrow(
      "lookahead: expected alpha in (0, 1]; got 0",
    );
  });
});

describe("sam", () => {
  test("takes the gradient ρ up the hill and steps from where it is", () => {
    const h = f64([1, 10]);
    const loss = (x: Tensor): Tensor => x.square().mul(h).sum().div(2);
    const x = f64([3, 0.4]);
    const g = grad(loss)(x);
    const { updates } = sam(sgd(0.1), { rho: 0.5 }).update(g, sam(sgd(0.1)).init(x), x, {
      gradFn: grad(loss) as (p: never) => unknown,
    });
    // g = (3, 4), so the gradient is taken at (3.3, 0.8).
    assertClose(updates, [-0.33, -0.8], { relative: 1e-13 });
  });

  test("with ρ = 0 is the method inside, and needs the gradient as a function", () => {
    const x = f64([3, 0.4]);
    const t = sam(sgd(0.1), { rho: 0 });
    const gradFn = ((p: Tensor) => p.mul(2)) as (p: never) => unknown;
    assertClose(t.update(x.mul(2), t.init(x), x, { gradFn }).updates, x.mul(-0.2), {
      relative: 1e-15,
    });
    expect(() => t.update(x, t.init(x), x)).toThrow(
      "sam: expected a function extra.gradFn; got none",
    );
  });
});

describe("reduceOnPlateau", () => {
  const scales = (t: GradientTransformation, losses: readonly number[]): number[] => {
    let state: OptState = t.init(f64(1));
    return losses.map((value) => {
      const result = t.update(f64(1), state, f64(1), { value });
      state = result.state;
      return result.updates.item();
    });
  };

  test("halves the updates after more than `patience` steps without progress", () => {
    const t = reduceOnPlateau({ patience: 2 });
    expect(scales(t, [5, 4, 4, 4, 4, 4, 4, 4, 3, 3])).toEqual([
      1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25,
    ]);
  });

  test("waits through its cooldown, stops at its least scale, and takes losses below zero", () => {
    const t = reduceOnPlateau({ patience: 0, cooldown: 2, factor: 0.1, minScale: 0.05 });
    expect(scales(t, [1, 1, 1, 1, 1, 1])).toEqual([1, 0.1, 0.1, 0.1, 0.05, 0.05]);
    expect(scales(reduceOnPlateau({ patience: 0 }), [-1, -2, -3, -3])).toEqual([1, 1, 1, 0.5]);
  });

  test("needs the loss", () => {
    const t = chain(identity(), reduceOnPlateau());
    expect(() => once(t, f64(1))).toThrow(
      "reduceOnPlateau: expected the loss as extra.value; got none",
    );
  });
});
