import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  checkpoint,
  customVjp,
  stopGradient,
  type Tensor,
  tensor,
} from "../../src/index";
import { AssertionError, checkGradients } from "../../src/testing";

const at = tensor([0.3, -1.2, 2.5]);

/** x³ with the derivative of x² · 2 at one element: wrong there alone. */
const wrong = customVjp(
  (x: Tensor) => x.pow(3),
  (x: Tensor) => [x.pow(3), x] as const,
  (x: Tensor, ct: Tensor) => [ct.mul(x.square().mul(tensor([3, 3, 2], { dtype: "f64" })))] as never,
);

describe("checkGradients", () => {
  it("passes over correct derivatives of every order asked for", () => {
    checkGradients((x: Tensor) => x.sin().mul(x.exp()), [at], { order: 2 });
    checkGradients((x: Tensor) => checkpoint((y: Tensor) => y.tanh())(x), [at]);
  });

  it("converts numbers and f32 leaves of trees to f64, and leaves integers alone", () => {
    const f = (p: { w: Tensor; b: number; n: Tensor }): Tensor => p.w.take(p.n).mul(p.b).exp();
    checkGradients(f, [{ w: at, b: 0.7, n: tensor([2, 0], { dtype: "i32" }) }]);
  });

  it("weighs all outputs of a tree", () => {
    checkGradients((x: Tensor) => ({ a: x.square(), b: [x.sum(), x.greater(0)] }), [at]);
  });

  it("names the mode, the argument, the index and both values of the worst derivative", () => {
    const f = (p: { w: Tensor }): Tensor => wrong(p.w);
    expect(() => checkGradients(f, [{ w: at }], { modes: ["reverse"] })).toThrow(
      /^checkGradients: reverse mode gives \S+ along a random direction; central differences give \S+; worst is the derivative by argument 0\.w at \[2\]: \S+ instead of \S+$/,
    );
  });

  it("finds a gradient that is missing altogether", () => {
    const f = (x: Tensor): Tensor => stopGradient(x).mul(x);
    expect(() => checkGradients(f, [at])).toThrow(AssertionError);
    expect(() => checkGradients(f, [at], { modes: ["forward"] })).toThrow(/forward mode/);
  });

  it("finds a wrong second derivative under a right first one", () => {
    const f = (x: Tensor): Tensor => x.pow(3).add(stopGradient(x).sub(x).mul(x.square()).mul(0));
    checkGradients(f, [at]);
    // The gradient x² · 3 is right, but its second factor is held constant.
    const g = customVjp(
      (x: Tensor) => x.pow(3),
      (x: Tensor) => [x.pow(3), x] as const,
      (x: Tensor, ct: Tensor) => [ct.mul(x.mul(stopGradient(x)).mul(3))] as never,
    );
    checkGradients(g, [at], { modes: ["reverse"] });
    expect(() => checkGradients(g, [at], { modes: ["reverse"], order: 2 })).toThrow(AssertionError);
  });

  it("refuses functions with nothing to differentiate", () => {
    const whole = tensor([1, 2], { dtype: "i32" });
    expect(() => checkGradients((n: Tensor) => n.cast("f32"), [whole])).toThrow(ArgumentError);
    expect(() => checkGradients((x: Tensor) => x.greater(0), [at])).toThrow(
      "checkGradients: expected a float tensor among the results; got none",
    );
  });
});
