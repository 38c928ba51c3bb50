import { jit, random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  adagradNorm,
  adam,
  adamw,
  applyUpdates,
  type GradientTransformation,
  lion,
  type OptState,
  optimisticGradient,
  rmsprop,
  scheduleFree,
  sgd,
} from "../../src/index";

const f64 = (x: number | number[]): Tensor => tensor(x, { dtype: "f64" });

/** Parameters after each of some given gradients. */
function path(
  t: GradientTransformation,
  start: number | number[],
  gradients: readonly (number | number[])[],
): number[][] {
  let theta = f64(start);
  let state: OptState = t.init(theta);
  return gradients.map((g) => {
    const result = t.update(f64(g), state, theta);
    theta = applyUpdates(theta, result.updates);
    state = result.state;
    return Array.from(theta.dataSync());
  });
}

const last = (rows: number[][]): number[] => rows.at(-1) as number[];
const gradients = [1, 0.5, -0.25, 2, -1];

describe("sgd", () => {
  test("multiplies the error on a quadratic of curvature h by 1 − lr·h", () => {
    const [lr, h] = [0.3, 2.5];
    let x = 1;
    for (let k = 0; k < 5; k++) x = (path(sgd(lr), x, [h * x])[0] as number[])[0] as number;
    expect(x).toBeCloseTo((1 - lr * h) ** 5, 14);
  });

  test("with heavy-ball momentum shrinks the error by √μ a step between the two critical rates", () => {
    const mu = 0.81;
    // lr·h in ((1 − 0.9)², (1 + 0.9)²): the iteration's eigenvalues are a conjugate pair of modulus √μ.
    for (const lr of [0.05, 1, 3]) {
      const t: GradientTransformation = sgd(lr, { momentum: mu });
      let theta = f64(1);
      let state: OptState = t.init(theta);
      const size: number[] = [];
      let previous = 1;
      for (let k = 0; k < 400; k++) {
        const result = t.update(theta, state, theta);
        theta = applyUpdates(theta, result.updates);
        state = result.state;
        // The invariant quadratic form of the two-term recurrence x″ = (1+μ−lr)x′ − μx.
        const [x, y] = [theta.item(), previous];
        size.push(Math.sqrt(x * x - (1 + mu - lr) * x * y + mu * y * y));
        previous = x;
      }
      const rate = ((size[399] as number) / (size[0] as number)) ** (1 / 399);
      expect(rate).toBeCloseTo(Math.sqrt(mu), 9);
    }
  });

  test("dampening keeps a part of every gradient out of the momentum", () => {
    const t = sgd(1, { momentum: 0.5, dampening: 0.25 });
    // m: 0.75·1, then 0.375 + 0.75·2.
    expect(path(t, 0, [1, 2]).flat()).toEqual([-0.75, -0.75 - 1.875]);
  });
});

describe("adam", () => {
  test("does not see the scale of gradients when eps is 0", () => {
    for (const options of [{}, { amsgrad: true }, { nesterov: true }]) {
      const t = adam(0.1, { eps: 0, ...options });
      const one = path(t, 1, gradients);
      const thousand = path(
        t,
        1,
        gradients.map((g) => 1000 * g),
      );
      thousand.forEach((row, i) => {
        expect(row[0]).toBeCloseTo((one[i] as number[])[0] as number, 13);
      });
    }
  });

  test("takes a first step of lr in every coordinate, whatever the gradient", () => {
    const [x, y] = path(adam(0.1, { eps: 0 }), [0, 0], [[1e-9, -1e9]])[0] as number[];
    expect(x).toBeCloseTo(-0.1, 14);
    expect(y).toBeCloseTo(0.1, 14);
  });

  test("with amsgrad divides by the largest mean square so far", () => {
    // Written out: v falls after the large gradient, its maximum does not.
    let [m, v, most, theta] = [0, 0, 0, 1];
    [10, 0.1, 0.1].forEach((g, i) => {
      m = 0.9 * m + 0.1 * g;
      v = 0.5 * v + 0.5 * g * g;
      most = Math.max(most, v);
      theta -= (0.1 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(most / (1 - 0.5 ** (i + 1))) + 1e-8);
    });
    const t = adam(0.1, { amsgrad: true, betas: [0.9, 0.5] });
    expect(last(path(t, 1, [10, 0.1, 0.1]))[0]).toBeCloseTo(theta, 13);
  });

  test("with Nesterov looks ahead along the corrected mean", () => {
    let [m, v, theta] = [0, 0, 1];
    gradients.forEach((g, i) => {
      const t = i + 1;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const mean = (0.9 * m) / (1 - 0.9 ** (t + 1)) + (0.1 * g) / (1 - 0.9 ** t);
      theta -= (0.1 * mean) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    });
    expect(last(path(adam(0.1, { nesterov: true }), 1, gradients))[0]).toBeCloseTo(theta, 12);
  });

  test("corrects its bias accurately after a million steps", () => {
    const t = adam(0.1);
    const theta = f64(0);
    const [head, tail] = t.init(theta) as [Record<string, Tensor>, OptState];
    const late = [{ ...head, step: tensor(999_999, { dtype: "i32" }) }, tail];
    // 1 − 0.999¹⁰⁰⁰⁰⁰⁰ is 1 to the last bit, so the step is lr · 0.1 / √0.001.
    const update = t.update(f64(1), late, theta).updates.item();
    expect(update).toBeCloseTo((-0.1 * 0.1) / Math.sqrt(0.001), 6);
  });

  test("adamw decays weights by lr times weightDecay apart from the gradient", () => {
    const plain = path(adam(0.1), 1, [1])[0]?.[0] as number;
    const decayed = path(adamw(0.1, { weightDecay: 0.5 }), 1, [1])[0]?.[0] as number;
    expect(decayed).toBeCloseTo(plain - 0.1 * 0.5 * 1, 14);
    expect(path(adamw(0.1, { weightDecay: 0.5 }), 2, [0])[0]?.[0]).toBeCloseTo(
      2 - 0.1 * 0.5 * 2,
      14,
    );
  });
});

describe("adagradNorm", () => {
  test("follows its worked steps", () => {
    const [first, second] = path(
      adagradNorm(1),
      [1, 1],
      [
        [3, 4],
        [0, 12],
      ],
    ) as [number[], number[]];
    // 1 − 3/5, 1 − 4/5; then √(25 + 144) = 13.
    expect(first[0]).toBeCloseTo(0.4, 9);
    expect(first[1]).toBeCloseTo(0.2, 9);
    expect(second[0]).toBeCloseTo(0.4, 9);
    expect(second[1]).toBeCloseTo(-0.72307692, 8);
  });
});

describe("rmsprop", () => {
  test("centred, divides by the running standard deviation", () => {
    let [v, mean, theta] = [0, 0, 1];
    for (const g of gradients) {
      v = 0.9 * v + 0.1 * g * g;
      mean = 0.9 * mean + 0.1 * g;
      theta -= (0.1 * g) / (Math.sqrt(v - mean * mean) + 1e-3);
    }
    const t = rmsprop(0.1, { centred: true, eps: 1e-3, epsAt: "outside" });
    expect(last(path(t, 1, gradients))[0]).toBeCloseTo(theta, 12);
  });
});

describe("lion", () => {
  test("leaves coordinates alone that never had a gradient", () => {
    expect(
      last(
        path(
          lion(0.1),
          [1, 1],
          [
            [1, 0],
            [1, 0],
          ],
        ),
      ),
    ).toEqual([0.8, 1]);
  });
});

describe("optimisticGradient", () => {
  test("spirals into the saddle of x·y from (1, 1), where plain gradient steps spiral out", () => {
    // Descent in x, ascent in y: the gradient of y comes with its sign turned.
    const distance = (t: GradientTransformation): number => {
      let theta = f64([1, 1]);
      let state: OptState = t.init(theta);
      for (let k = 0; k < 200; k++) {
        const [x, y] = Array.from(theta.dataSync()) as [number, number];
        const result = t.update(f64([y, -x]), state, theta);
        theta = applyUpdates(theta, result.updates);
        state = result.state;
      }
      return theta.norm().item();
    };
    // Plain steps multiply the norm by √(1 + lr²) exactly.
    expect(distance(sgd(0.1))).toBeCloseTo(Math.SQRT2 * 1.01 ** 100, 10);
    expect(distance(optimisticGradient(0.1))).toBeLessThan(0.6);
  });

  test("first takes the gradient alone, then adds its change", () => {
    expect(path(optimisticGradient(1), 0, [1, 3]).flat()).toEqual([-1, -1 - 5]);
  });
});

describe("scheduleFree", () => {
  test("follows its worked steps in the trained and in the averaged parameters", () => {
    const t = scheduleFree(sgd(0.1));
    let y = f64(1);
    let state = t.init(y);
    const expected = [
      [0.9, 0.9],
      [0.875, 0.8725],
      [0.875, 0.875],
    ] as const;
    [1, 0.5, -0.25].forEach((g, i) => {
      const result = t.update(f64(g), state, y);
      y = applyUpdates(y, result.updates);
      state = result.state;
      const [average, trained] = expected[i] as readonly [number, number];
      expect(t.evalParams(state, y).item()).toBeCloseTo(average, 12);
      expect(y.item()).toBeCloseTo(trained, 12);
    });
  });

  test("weighs iterates by the square of the largest rate so far, also inside jit", () => {
    const rates = [0, 0.1, 0.2, 0.1];
    const lr = (t: number): number => rates[t] as number;
    const t = scheduleFree(sgd(1), { lr, b1: 1 });
    // With b1 = 1 the trained parameters are the average itself: x ← (1 − c)x + cz.
    let [x, z, sum] = [1, 1, 0];
    [1, 1, -1, 2].forEach((g, i) => {
      z -= g;
      const weight = Math.max(...rates.slice(0, i + 1)) ** 2;
      sum += weight;
      x += sum === 0 ? 0 : (weight / sum) * (z - x);
    });
    expect(last(path(t, 1, [1, 1, -1, 2]))[0]).toBeCloseTo(x, 13);

    const constant = scheduleFree(sgd(0.1), { lr: 0.1 });
    const step = jit((y: Tensor, s: OptState) => constant.update(y, s as never, y));
    const y = random.normal(random.key(0), [4], { dtype: "f64" });
    const inside = step(y, constant.init(y));
    const outside = constant.update(y, constant.init(y), y);
    expect(inside.updates.sub(outside.updates).abs().max().item()).toBeLessThan(1e-15);
  });
});

describe("options out of range", () => {
  test("are refused by name and value", () => {
    expect(() => sgd(-1)).toThrow("sgd: expected lr ≥ 0 and finite; got -1");
    expect(() => adam(Number.NaN)).toThrow("adam: expected lr ≥ 0 and finite; got NaN");
    expect(() => adam(1, { betas: [0.9, 1] })).toThrow("adam: expected betas[1] in [0, 1); got 1");
    expect(() => adam(1, { eps: -1e-8 })).toThrow("adam: expected eps ≥ 0 and finite; got -1e-8");
    expect(() => adamw(1, { weightDecay: -1 })).toThrow("adamw: expected weightDecay ≥ 0");
    expect(() => sgd(1, { nesterov: true })).toThrow("expected momentum > 0 and no dampening");
    expect(() => sgd(1, { momentum: 0.9, nesterov: true, dampening: 0.1 })).toThrow(
      "dampening 0.1",
    );
    expect(() => lion(1, { betas: [1, 0] })).toThrow("lion: expected betas[0] in [0, 1); got 1");
    expect(() => rmsprop(1, { decay: 2 })).toThrow("rmsprop: expected decay in [0, 1); got 2");
    expect(() => adagradNorm(1, { initialAccumulator: -1 })).toThrow("initialAccumulator ≥ 0");
    expect(() => optimisticGradient(1, { beta: -1 })).toThrow(
      "optimisticGradient: expected beta ≥ 0",
    );
    expect(() => scheduleFree(sgd(1), { b1: 0 })).toThrow(
      "scheduleFree: expected b1 in (0, 1]; got 0",
    );
    const t = adamw(1);
    expect(() => t.update(f64(1), t.init(f64(1)))).toThrow(
      "expected parameters as the third argument",
    );
  });
});
