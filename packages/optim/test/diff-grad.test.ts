import { ArgumentError, jit, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { adamw } from "../src/baselines/adam";
import { applyUpdates } from "../src/core/apply-updates";
import { diffGrad } from "../src/diff-grad";
import type { GradientTransformation } from "../src/types";

/** Parameters after each of the given gradients, from θ = 1. */
function path(t: GradientTransformation, gradients: readonly number[]): number[] {
  let theta = tensor([1], { dtype: "f64" });
  let state = t.init(theta);
  return gradients.map((g) => {
    const result = t.update(tensor([g], { dtype: "f64" }), state, theta);
    theta = applyUpdates(theta, result.updates);
    state = result.state;
    return theta.item();
  });
}

describe("diffGrad", () => {
  it("follows the worked trace", () => {
    const [a, b, c] = path(diffGrad(0.1), [1, 0.5, 0.5]) as [number, number, number];
    expect(a).toBeCloseTo(0.926894165, 8);
    expect(b).toBeCloseTo(0.86886979, 8);
    expect(c).toBeCloseTo(0.822935511, 8);
  });

  it("moves by the friction times the step of Adam with eps outside the bias correction", () => {
    // eps of 0 makes both forms of Adam the same.
    const gradients = [1, 0.5, 0.5, -0.25, -0.25];
    const own = [1, ...path(diffGrad(0.1, { eps: 0 }), gradients)];
    const adam = [1, ...path(adamw(0.1, { eps: 0, weightDecay: 0 }), gradients)];
    gradients.forEach((g, i) => {
      const before = gradients[i - 1] ?? 0;
      const friction = 1 / (1 + Math.exp(-Math.abs(before - g)));
      const [x, y] = [own[i + 1] as number, own[i] as number];
      const step = ((adam[i + 1] as number) - (adam[i] as number)) * friction;
      expect(x - y).toBeCloseTo(step, 14);
    });
  });

  it("takes half of Adam's steps while the gradient is constant", () => {
    const own = path(diffGrad(0.1, { eps: 0 }), [2, 2, 2, 2]) as [number, number, number, number];
    const adam = path(adamw(0.1, { eps: 0, weightDecay: 0 }), [2, 2, 2, 2]) as typeof own;
    expect(own[2] - own[1]).toBeCloseTo((adam[2] - adam[1]) / 2, 14);
    expect(own[3] - own[2]).toBeCloseTo((adam[3] - adam[2]) / 2, 14);
  });

  it("keeps the previous gradient by value", () => {
    const t = diffGrad(0.1);
    const buffer = new Float64Array([1]);
    const theta = tensor([1], { dtype: "f64" });
    const { state } = t.update(tensor(buffer), t.init(theta), theta);
    buffer[0] = 0.5;
    const { updates } = t.update(tensor(buffer), state, theta);
    const [first, second] = path(diffGrad(0.1), [1, 0.5]) as [number, number];
    expect(updates.item()).toBeCloseTo(second - first, 14);
  });

  it("decays weights by the gradient, or beside it", () => {
    // First step: g + 0.5 θ = 1.5; √(1−β₂)/(1−β₁) · m/√v = 1 up to eps.
    const friction = (g: number): number => 1 / (1 + Math.exp(-Math.abs(g)));
    expect(path(diffGrad(0.1, { weightDecay: 0.5, eps: 0 }), [1])[0]).toBeCloseTo(
      1 - 0.1 * friction(1.5),
      12,
    );
    const beside = diffGrad(0.1, { weightDecay: 0.5, eps: 0, decoupled: true });
    expect(path(beside, [1])[0]).toBeCloseTo(1 - 0.1 * (friction(1) + 0.5), 12);
  });

  it("is the same inside jit, also with a decay of zero", () => {
    for (const options of [{}, { b1: 0 }, { b2: 0, eps: 1 }]) {
      const t = diffGrad(0.1, options);
      const theta = tensor([1, -2], { dtype: "f64" });
      const step = jit((g: Tensor, s: ReturnType<typeof t.init>, p: Tensor) => t.update(g, s, p));
      let [eager, compiled] = [t.init(theta), t.init(theta)];
      for (const g of [1, 0.5, -2]) {
        const grad = tensor([g, g / 2], { dtype: "f64" });
        const a = t.update(grad, eager, theta);
        const b = step(grad, compiled, theta);
        assertClose(b.updates, a.updates, { relative: 1e-13 });
        [eager, compiled] = [a.state, b.state];
      }
    }
  });

  it("refuses values out of range", () => {
    expect(() => diffGrad(-1)).toThrow("diffGrad: expected lr ≥ 0 and finite; got -1");
    expect(() => diffGrad(1, { b1: 1 })).toThrow(ArgumentError);
    expect(() => diffGrad(1, { weightDecay: -1 })).toThrow("expected weightDecay ≥ 0");
  });
});
