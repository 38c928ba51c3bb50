import { grad, jit, random, type Tensor, tensor, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { loss } from "../../src/index";

const f64 = (x: unknown): Tensor => tensor(x as number[], { dtype: "f64" });
const none = { reduction: "none" } as const;
// Figures of the method card have ten decimals.
const figures = { absolute: 6e-11, relative: 0 };

describe("regression losses", () => {
  const r = f64([0.3, 2, -4]);
  const zero = f64([0, 0, 0]);

  test("meet PyTorch's figures", () => {
    assertClose(loss.huber(r, zero, none), [0.045, 1.5, 3.5]);
    assertClose(loss.huber(r, zero, { ...none, delta: 0.5 }), [0.045, 0.875, 1.875]);
    assertClose(loss.smoothL1(r, zero, { ...none, delta: 0.5 }), [0.09, 1.75, 3.75]);
    assertClose(loss.logCosh(r, zero, none), [0.0443407699, 1.3250027474, 3.3071882258], figures);
    assertClose(loss.mse(r, zero, none), [0.09, 4, 16]);
    assertClose(loss.mae(r, zero, none), [0.3, 2, 4]);
  });

  test("reduce by mean and sum", () => {
    assertClose(loss.mse(r, zero), 20.09 / 3);
    assertClose(loss.mae(r, zero, { reduction: "sum" }), 6.3);
  });

  test("logCosh equals log(cosh) where that does not overflow, and |r| − ln 2 where it does", () => {
    const x = f64([-3, -0.1, 0, 1e-3, 5]);
    assertClose(loss.logCosh(x, x.mul(0), none), x.cosh().log(), { absolute: 1e-15 });
    assertClose(loss.logCosh([1000], [0], none), [1000 - Math.LN2]);
  });

  test("logCosh is smooth at 0: slope 0, curvature 1", () => {
    const slope = grad((x: Tensor) => loss.logCosh(x, [0]));
    assertClose(slope(f64([0])), [0]);
    assertClose(grad((x: Tensor) => slope(x).sum())(f64([0])), [1]);
  });

  test.each([
    ["mse", loss.mse],
    ["mae", loss.mae],
    ["huber", loss.huber],
    ["smoothL1", loss.smoothL1],
    ["logCosh", loss.logCosh],
  ])("%s has the right derivatives, in jit and vmap too", (_, f) => {
    const y = f64([0.1, 0.5, 1]);
    checkGradients((x: Tensor, t: Tensor) => f(x, t), [r, y], { order: 2 });
    assertClose(jit((x: Tensor) => f(x, y))(r), f(r, y));
    const many = random.normal(random.key(0), [4, 3], { dtype: "f64" });
    const rows = [0, 1, 2, 3].map((i) => f(many.at(i), y).item());
    assertClose(vmap((x: Tensor) => f(x, y))(many), rows);
  });

  test("refuse shapes that differ, and δ ≤ 0", () => {
    expect(() => loss.mse([1, 2], [1])).toThrow("loss.mse: expected operands of one shape");
    expect(() => loss.huber([1], [1], { delta: 0 })).toThrow(
      "loss.huber: expected delta > 0; got 0",
    );
  });
});

describe("divergences", () => {
  const p = f64([0.2, 0.3, 0.5]);
  const q = f64([0.1, 0.6, 0.3]);
  const from = { from: "probabilities" } as const;

  test("meet the computed figures in every form", () => {
    const forms = [
      ["probabilities", (x: Tensor) => x],
      ["log", (x: Tensor) => x.log()],
      ["logits", (x: Tensor) => x.log().add(3)],
    ] as const;
    for (const [form, f] of forms) {
      assertClose(loss.kl(f(p), f(q), { from: form }), 0.1860980938, figures);
      assertClose(loss.kl(f(q), f(p), { from: form }), 0.1933259032, figures);
      assertClose(loss.js(f(p), f(q), { from: form }), 0.0466133843, figures);
    }
  });

  test("are 0 for equal distributions, and treat 0 log 0 as 0", () => {
    assertClose(loss.kl([0, 1], [0.5, 0.5], from), Math.LN2);
    assertClose(loss.kl([0.5, 0.5], [0, 1], from), Infinity);
    assertClose(loss.kl([0, 1, 0], [0, 1, 0], from), 0);
    assertClose(loss.js([1, 0, 0], [0, 1, 0], from), Math.LN2);
    assertClose(loss.js([0, 1, 0], [0, 1, 0], from), 0);
    assertClose(loss.kl([0, -Infinity], [0, 0], { from: "logits" }), Math.LN2);
  });

  test("average over rows", () => {
    const [a, b] = [
      f64([
        [0.2, 0.3, 0.5],
        [0.1, 0.6, 0.3],
      ]),
      f64([
        [0.1, 0.6, 0.3],
        [0.1, 0.6, 0.3],
      ]),
    ];
    assertClose(loss.kl(a, b, from), 0.1860980938 / 2, figures);
    assertClose(loss.kl(a, b, { ...from, ...none }), [0.1860980938, 0], figures);
  });

  test("are differentiable, without NaN where a distribution has no mass", () => {
    const [a, b] = [f64([0.3, -1, 2]), f64([1, 0.5, -0.5])];
    checkGradients((x: Tensor, y: Tensor) => loss.kl(x, y), [a, b], { order: 2 });
    checkGradients((x: Tensor, y: Tensor) => loss.js(x, y), [a, b], { order: 2 });
    for (const f of [loss.kl, loss.js]) {
      const g = grad((x: Tensor) => f(x, f64([0, 0.5, 0.5]), from))(f64([0, 0.4, 0.6]));
      expect([...g.dataSync()].every(Number.isFinite)).toBe(true);
    }
  });

  test("gaussianKl meets the computed figure and its own minimum", () => {
    assertClose(loss.gaussianKl(f64([1.2]), f64([2 * Math.log(0.5)])), 1.0381471806, figures);
    assertClose(loss.gaussianKl([0], [0]), 0);
    checkGradients(loss.gaussianKl, [f64([0.3, -1]), f64([0.5, 1])], { order: 2 });
  });

  test("refuse what is no distribution", () => {
    expect(() => loss.kl([0.5, 0.2], [0.5, 0.5], from)).toThrow(
      "loss.kl: expected probabilities ≥ 0 whose sum is 1; row 0 has the sum 0.7",
    );
    expect(() => loss.js([1], [1], { from: "odds" as never })).toThrow(
      'loss.js: expected from "logits", "log" or "probabilities"; got odds',
    );
  });
});

describe("likelihoods", () => {
  test("poissonNll is minus the log of the Poisson probability", () => {
    // P(3; 2) = 2³ e⁻² / 3!
    const expected = -Math.log((8 * Math.exp(-2)) / 6);
    assertClose(loss.poissonNll(f64([Math.log(2)]), f64([3]), { full: true }), expected);
    assertClose(loss.poissonNll(f64([2]), f64([3]), { full: true, logRate: false }), expected);
    assertClose(loss.poissonNll(f64([2]), f64([3]), { logRate: false }), 2 - 3 * Math.log(2));
    checkGradients(loss.poissonNll, [f64([0.3]), f64([2])], { order: 2 });
  });

  test("gaussianNll is minus the log of the normal density, with a floor for the variance", () => {
    const density = Math.exp(-(0.5 ** 2) / (2 * 4)) / Math.sqrt(2 * Math.PI * 4);
    assertClose(
      loss.gaussianNll(f64([1]), f64([4]), f64([1.5]), { full: true }),
      -Math.log(density),
    );
    assertClose(loss.gaussianNll(f64([1]), f64([0]), f64([1])), 0.5 * Math.log(1e-6));
    assertClose(grad((v: Tensor) => loss.gaussianNll(f64([1]), v, f64([2])))(f64([0])), [0]);
    checkGradients(loss.gaussianNll, [f64([1]), f64([0.7]), f64([1.4])], { order: 2 });
    expect(() => loss.gaussianNll([1], [1], [1], { floor: 0 })).toThrow(
      "loss.gaussianNll: expected floor > 0; got 0",
    );
  });

  test("hinge is 0 beyond the margin on the right side", () => {
    assertClose(loss.hinge([2, 0.5, -1, -3], [1, 1, 1, -1], none), [0, 0.5, 2, 0]);
    assertClose(loss.hinge([1], [1], { margin: 3 }), 2);
    expect(() => loss.hinge([1], [1], { margin: -1 })).toThrow(
      "loss.hinge: expected margin > 0; got -1",
    );
  });
});

describe("contrastive losses", () => {
  const a = f64([
    [1, 0],
    [0.6, 0.8],
    [0, 1],
  ]);
  const b = f64([
    [0.8, 0.6],
    [0, 1],
    [-0.6, 0.8],
  ]);

  test("meet the computed figures", () => {
    assertClose(loss.infoNce(a, b, { temperature: 0.5, symmetric: false }), 0.7963409825, figures);
    assertClose(loss.infoNce(a, b, { temperature: 0.5 }), 0.8068101291, figures);
    assertClose(loss.ntXent(a, b, { temperature: 0.5 }), 1.2524585723, figures);
    assertClose(loss.triplet(f64([1, 0]), f64([0.8, 0.6]), f64([0, 1])), 0.2182413372, figures);
  });

  test("do not see the length of rows when normalising", () => {
    const options = { temperature: 0.5, normalize: true };
    assertClose(loss.infoNce(a.mul(3), b.mul(0.1), options), 0.8068101291, figures);
    assertClose(loss.ntXent(a.mul(3), b.mul(0.1), options), 1.2524585723, figures);
  });

  test("do not depend on the order of pairs or of views", () => {
    const order = [2, 0, 1];
    assertClose(loss.ntXent(a.at(order), b.at(order)), loss.ntXent(a, b));
    assertClose(loss.ntXent(b, a), loss.ntXent(a, b));
    assertClose(loss.infoNce(b, a), loss.infoNce(a, b));
  });

  test("cosine is 1 − cos, 1 for a zero vector", () => {
    assertClose(
      loss.cosine(
        f64([
          [1, 0],
          [2, 2],
          [0, 0],
        ]),
        f64([
          [0, 3],
          [1, 1],
          [1, 1],
        ]),
        none,
      ),
      [1, 0, 1],
    );
  });

  test("have the right derivatives, also at equal points", () => {
    checkGradients(
      (x: Tensor, y: Tensor) => loss.infoNce(x, y, { temperature: 0.5, normalize: true }),
      [a, b],
      { order: 2 },
    );
    checkGradients((x: Tensor, y: Tensor) => loss.ntXent(x, y), [a, b], { order: 2 });
    checkGradients((x: Tensor, y: Tensor) => loss.cosine(x, y), [a, b], { order: 2 });
    checkGradients(
      (x: Tensor, y: Tensor, z: Tensor) => loss.triplet(x, y, z),
      [a, b, b.mul(-0.3)],
      { order: 2 },
    );
    const same = grad((x: Tensor) => loss.triplet(x, f64([1, 0]), f64([0, 1])))(f64([1, 0]));
    expect([...same.dataSync()].every(Number.isFinite)).toBe(true);
  });

  test("refuse other shapes and temperatures", () => {
    expect(() => loss.infoNce([1, 2], [1, 2])).toThrow(
      "loss.infoNce: expected embeddings [n, d]; got [2]",
    );
    expect(() => loss.ntXent(a, b, { temperature: 0 })).toThrow(
      "loss.ntXent: expected temperature > 0; got 0",
    );
  });
});
