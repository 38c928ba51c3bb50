import { grad, hessian, jit, type Tensor, TraceError, tensor, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { type Cost, minkowski } from "../../src/costs/index";
import { emdLoss, emdSample } from "../../src/exact/index";

const f64 = { dtype: "f64" } as const;
// No two plans are within the reach of a difference quotient.
const X = tensor(
  [
    [0.1, 0.7],
    [1.3, -0.4],
    [-0.8, 0.2],
  ],
  f64,
);
const Y = tensor(
  [
    [0.9, 0.3],
    [-0.5, -1.1],
    [0.4, 1.6],
    [2.1, 0.8],
  ],
  f64,
);
const a = tensor([0.25, 0.3, 0.45], f64);
const b = tensor([0.15, 0.35, 0.27, 0.23], f64);
const onSimplex = (w: Tensor): Tensor => w.div(w.sum());
const costs: readonly [string, Cost][] = [
  ["sqeuclidean", "sqeuclidean"],
  ["euclidean", "euclidean"],
  ["cityblock", "cityblock"],
  ["cosine", "cosine"],
  ["dot", "dot"],
  ["minkowski(3)", minkowski(3)],
];

describe("emdLoss", () => {
  it("has the gradient of a problem that can be solved by hand", () => {
    const gradient = grad((x: Tensor) => emdLoss(x, [[0], [2]]))(tensor([[1], [4]], f64));
    // ½ (1 − 0)² + ½ (4 − 2)².
    expect(Array.from(gradient.dataSync(), Number)).toEqual([1, 2]);
  });

  it.each(costs)("is the cost of emdSample for %s", (_name, cost) => {
    const loss = emdLoss(X, Y, { a, b, cost }).item();
    expect(loss).toBeCloseTo(emdSample(X, Y, { a, b, cost }).cost, 14);
  });

  it.each(costs)("has the derivatives that differences show, in both modes: %s", (_name, cost) => {
    const loss = (x: Tensor, y: Tensor, s: Tensor, t: Tensor): Tensor =>
      emdLoss(x, y, { a: onSimplex(s), b: onSimplex(t), cost });
    checkGradients(loss, [X, Y, a, b]);
  });

  it("has second derivatives in the points", () => {
    checkGradients((x: Tensor, y: Tensor) => emdLoss(x, y, { a, b }), [X, Y], { order: 2 });
    // The second derivative of Σ_j P_ij ‖x_i − y_j‖² is 2 a_i.
    const second = hessian((x: Tensor) => emdLoss(x, Y, { a, b }))(X).reshape([6, 6]);
    const expected = tensor([0.5, 0.5, 0.6, 0.6, 0.9, 0.9], f64);
    assertClose(second.sum(1), expected, { absolute: 1e-14 });
  });

  it("says that it needs values inside jit and vmap", () => {
    expect(() => jit((x: Tensor) => emdLoss(x, Y))(X)).toThrow(TraceError);
    expect(() => vmap((x: Tensor) => emdLoss(x, Y))(X.reshape([1, 3, 2]))).toThrow(
      /^emdLoss: expected X/,
    );
  });
});
