import { jit, lower, random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  adam,
  type GradientTransformation,
  multiSteps,
  type OptState,
  scaleByMuon,
  sgd,
} from "../../src/index";

const f64 = (x: number | number[]): Tensor => tensor(x, { dtype: "f64" });

describe("multiSteps", () => {
  const gradients = [0, 1, 2, 3].map((k) => random.normal(random.key(k), [5], { dtype: "f64" }));
  const mean = gradients.reduce((a, b) => a.add(b)).div(4);

  test("takes the step of one large batch at every k-th gradient, and none in between", () => {
    const [t, inner]: [GradientTransformation, GradientTransformation] = [
      multiSteps(adam(0.1), 4),
      adam(0.1),
    ];
    const plain = (g: Tensor, s: OptState) => t.update(g, s);
    for (const update of [plain, jit(plain)]) {
      let state = t.init(mean);
      for (let round = 0; round < 2; round++) {
        gradients.forEach((g, i) => {
          const result = update(g, state);
          state = result.state;
          if (i < 3) expect(result.updates.abs().max().item()).toBe(0);
          else if (round === 0) {
            // The mean of four is rounded differently by the division inside.
            assertClose(result.updates, inner.update(mean, inner.init(mean)).updates, {
              relative: 1e-13,
            });
          }
        });
      }
      expect((state as { inner: { step: Tensor }[] }).inner[0]?.step.item()).toBe(2);
    }
  });

  test("hands parameters and extras to the inner method, and begins each round at zero", () => {
    const theta = f64([1, -2]);
    const seen: unknown[] = [];
    const spy: GradientTransformation = {
      init: () => null,
      update(grads, state, params, extra) {
        seen.push(params, extra?.["mark"]);
        return { updates: grads, state };
      },
    };
    const t = multiSteps(spy, 2);
    let state = t.init(theta);
    const updates = [1, 3, 10, 20].map((c) => {
      const result = t.update(f64([c, 0]), state, theta, { mark: c });
      state = result.state;
      return result.updates.toArray();
    });
    expect(updates).toEqual([
      [0, 0],
      [2, 0],
      [0, 0],
      [15, 0],
    ]);
    expect(seen).toEqual([theta, 3, theta, 20]);
  });

  test("leaves a leaf without gradient alone, and takes it up when it has one", () => {
    const params = { a: f64([1]), b: f64([2]) };
    const t = multiSteps(sgd(1), 2);
    const only = { a: f64([4]), b: null } as unknown as typeof params;
    let state = t.init(params);
    for (const b of [null, 6]) {
      state = t.update(only, state, params).state;
      const { updates, state: next } = t.update(
        { ...only, b: b === null ? null : f64([b]) } as typeof params,
        state,
        params,
      );
      state = next;
      expect(updates.a.item()).toBe(-4);
      if (b === null) expect(updates.b).toBeNull();
      else expect(updates.b.item()).toBe(-b / 2);
    }
  });

  test("weighs micro-batches by their size", () => {
    const t = multiSteps(sgd(1), 2);
    const [a, b] = [f64([1, 0]), f64([0, 4])];
    const first = t.update(a, t.init(a), a, { batchSize: 30 });
    const second = t.update(b, first.state, b, { batchSize: 10 });
    expect(second.updates.toArray()).toEqual([-0.75, -1]);
    // The next round knows nothing of the last one's weights.
    const third = t.update(a, second.state, a, { batchSize: 1 });
    expect(t.update(b, third.state, b, { batchSize: 3 }).updates.toArray()).toEqual([-0.25, -3]);
  });

  test("refuses a k below 1", () => {
    expect(() => multiSteps(sgd(1), 0)).toThrow(
      "multiSteps: expected k to be a whole number ≥ 1; got 0",
    );
  });
});

test("multiSteps computes the step of a compiled method only when it is due", () => {
  const t = multiSteps(scaleByMuon(), 4);
  const w = random.normal(random.key(1), [6, 4]);
  const plan = lower((g: Tensor, state: ReturnType<typeof t.init>) => t.update(g, state, w))(
    w,
    t.init(w),
  );
  // Steps of the plan are numbered from the margin, those of branches are indented.
  const kernels = [...plan.matchAll(/^( *)\d+ {2}\w+ {2}(dot|cond)\b/gm)];
  const depths = (kernel: string): number[] =>
    kernels.filter(([, , name]) => name === kernel).map(([, indent]) => (indent ?? "").length);
  expect(depths("dot").length).toBeGreaterThan(10);
  expect(Math.min(...depths("dot"))).toBeGreaterThan(Math.min(...depths("cond")));
});
