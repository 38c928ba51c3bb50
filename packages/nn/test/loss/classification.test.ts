import { ArgumentError, grad, jit, random, ShapeError, type Tensor, tensor, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loss, metrics } from "../../src/index";

const f64 = (x: unknown): Tensor => tensor(x as number[], { dtype: "f64" });
const none = { reduction: "none" } as const;
const logits = [
  [2, -1, 0.5],
  [0, 3, -2],
];
// Figures of the method card have ten decimals.
const figures = { absolute: 6e-11, relative: 0 };

describe("crossEntropy", () => {
  test("meets PyTorch's figures for labels", () => {
    assertClose(
      loss.crossEntropy(f64(logits), [0, 2], none),
      [0.2413112967, 5.0549852354],
      figures,
    );
    const mean = (0.2413112967 + 5.0549852354) / 2;
    assertClose(loss.crossEntropy(f64(logits), [0, 2]), mean, figures);
    assertClose(loss.crossEntropy(f64(logits), [0, 2], { reduction: "sum" }), 2 * mean, {
      absolute: 2e-10,
    });
  });

  test("meets PyTorch's figures with label smoothing", () => {
    assertClose(
      loss.crossEntropy(f64(logits), [0, 2], { ...none, labelSmoothing: 0.1 }),
      [0.3913112967, 4.821651902],
      figures,
    );
  });

  test("divides by the sum of the weights used", () => {
    assertClose(
      loss.crossEntropy(f64(logits), [0, 2], { weights: f64([1, 2, 3]) }),
      3.8515667507,
      figures,
    );
  });

  test("meets PyTorch's figures for probabilities", () => {
    const soft = f64([
      [0.7, 0.2, 0.1],
      [0.1, 0.1, 0.8],
    ]);
    assertClose(loss.crossEntropy(f64(logits), soft, none), [0.9913112967, 4.3549852354], figures);
  });

  test("gives one-hot probabilities the loss of labels, whatever the options", () => {
    const onehot = [
      [1, 0, 0],
      [0, 0, 1],
    ];
    for (const reduction of ["none", "mean", "sum"] as const) {
      for (const weights of [undefined, f64([1, 2, 3])]) {
        const options = { reduction, weights, labelSmoothing: 0.2 };
        assertClose(
          loss.crossEntropy(f64(logits), f64(onehot), options),
          loss.crossEntropy(f64(logits), [0, 2], options),
        );
      }
    }
  });

  test("leaves ignored labels out of the sum and of the mean", () => {
    const three = f64([...logits, [9, 9, 9]]);
    const options = { ignoreIndex: -100 };
    for (const extra of [{}, { weights: f64([1, 2, 3]), labelSmoothing: 0.1 }]) {
      assertClose(
        loss.crossEntropy(three, [0, 2, -100], { ...options, ...extra }),
        loss.crossEntropy(f64(logits), [0, 2], extra),
      );
    }
    assertClose(
      loss.crossEntropy(three, [0, 2, -100], { ...options, ...none }),
      [0.2413112967, 5.0549852354, 0],
      figures,
    );
    const gradient = grad((z: Tensor) => loss.crossEntropy(z, [0, 2, -100], options))(three);
    expect(gradient.at(2).toArray()).toEqual([0, 0, 0]);
  });

  test("takes labels out of range inside jit from the end or as the nearest class", () => {
    const odd = tensor([-1, -7, 3, 1], { dtype: "i32" });
    const z = f64([logits[0], logits[0], logits[0], logits[0]]);
    const found = jit((y: Tensor) => loss.crossEntropy(z, y, none))(odd);
    assertClose(found, loss.crossEntropy(z, [2, 0, 2, 1], none));
    const hits = jit((y: Tensor) => metrics.hits(z, y))(tensor([-3, -7, 3, 1], { dtype: "i32" }));
    expect(hits.toArray()).toEqual([true, true, false, false]);
  });

  test("takes classes along any axis", () => {
    const z = random.normal(random.key(1), [2, 4, 3]);
    const labels = tensor(
      [
        [0, 3, 1],
        [2, 2, 0],
      ],
      { dtype: "i32" },
    );
    assertClose(
      loss.crossEntropy(z, labels, { axis: 1, ...none }),
      loss.crossEntropy(z.moveAxis(1, -1), labels, none),
    );
  });

  test("does not overflow, and is 0 · log 0 = 0 for impossible classes", () => {
    assertClose(loss.crossEntropy([[1000, 0]], [1], none), [1000]);
    assertClose(loss.crossEntropy([[0, -Infinity, 0]], [0], none), [Math.LN2]);
    assertClose(loss.crossEntropy([[0, -Infinity, 0]], [[0.5, 0, 0.5]], none), [Math.LN2]);
    assertClose(loss.crossEntropy([[0, -Infinity]], [1], none), [Infinity]);
  });

  test("has the gradient softmax − target", () => {
    const z = f64(logits);
    const target = f64([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const gradient = grad((x: Tensor) => loss.crossEntropy(x, [0, 2], { reduction: "sum" }))(z);
    assertClose(gradient, z.softmax(-1).sub(target));
  });

  test("is differentiable twice, with all options", () => {
    const options = { weights: f64([1, 2, 3]), labelSmoothing: 0.1, ignoreIndex: 1 };
    checkGradients((z: Tensor) => loss.crossEntropy(z, [0, 2], options), [logits], { order: 2 });
    const soft = f64([
      [0.7, 0.2, 0.1],
      [0.1, 0.1, 0.8],
    ]);
    checkGradients(
      (z: Tensor, p: Tensor) => loss.crossEntropy(z, p.softmax(-1), { weights: f64([1, 2, 3]) }),
      [logits, soft],
    );
  });

  test("works in jit and vmap", () => {
    const z = random.normal(random.key(0), [4, 5, 3]);
    const y = random.randint(random.key(1), [4, 5], { high: 3 });
    const f = (a: Tensor, b: Tensor): Tensor =>
      loss.crossEntropy(a, b, { labelSmoothing: 0.1, ignoreIndex: 2 });
    const looped = [0, 1, 2, 3].map((i) => f(z.at(i), y.at(i)).item());
    assertClose(vmap(f)(z, y), looped, { relative: 1e-6 });
    assertClose(jit(f)(z.at(0), y.at(0)), looped[0], { relative: 1e-6 });
  });

  test("does not change when all logits of a row are shifted", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 2 }), (c, y) => {
        const z = f64([[0.3, -1, 2]]);
        assertClose(loss.crossEntropy(z.add(c), [y]), loss.crossEntropy(z, [y]));
      }),
      { numRuns: 25 },
    );
  });

  test("refuses what is no target", () => {
    expect(() => loss.crossEntropy(logits, [0, 3])).toThrow(
      "loss.crossEntropy: expected labels from 0 to 2; got 3 at position 1; set ignoreIndex to leave labels out",
    );
    expect(() => loss.crossEntropy(logits, tensor([0, 1]))).toThrow(ArgumentError);
    expect(() => loss.crossEntropy(logits, [0, 1, 2])).toThrow(
      "loss.crossEntropy: expected labels of shape [2] or probabilities of shape [2, 3]; got [3]",
    );
    expect(() =>
      loss.crossEntropy(logits, [
        [0.5, 0.6, 0],
        [1, 0, 0],
      ]),
    ).toThrow(
      "loss.crossEntropy: expected probabilities ≥ 0 whose sum is 1; row 0 has the sum 1.1",
    );
    expect(() =>
      loss.crossEntropy(logits, [
        [1.5, -0.5, 0],
        [1, 0, 0],
      ]),
    ).toThrow("row 0 has the entry -0.5");
    expect(() => loss.crossEntropy(logits, [0, 1], { weights: [1, 2] })).toThrow(ShapeError);
    expect(() => loss.crossEntropy(logits, [0, 1], { labelSmoothing: 2 })).toThrow(
      "loss.crossEntropy: expected labelSmoothing from 0 to 1; got 2",
    );
    expect(() => loss.crossEntropy(logits, [0, 1], { reduction: "avg" as never })).toThrow(
      'loss.crossEntropy: expected reduction "none", "mean" or "sum"; got avg',
    );
  });
});

describe("binary losses", () => {
  const z = f64([3, -2, -1, 0.5]);
  const t = f64([1, 0, 1, 0]);

  test("binaryCrossEntropy meets PyTorch's figures", () => {
    const expected = [0.0485873516, 0.126928011, 1.3132616875, 0.9740769842];
    assertClose(loss.binaryCrossEntropy(z, t, none), expected, figures);
    assertClose(
      loss.binaryCrossEntropy(z, t, { ...none, positiveWeight: 2 }),
      expected.map((x, i) => (i % 2 === 0 ? 2 * x : x)),
      { absolute: 2e-10 },
    );
    assertClose(loss.binaryCrossEntropy(z, t), expected.reduce((a, b) => a + b) / 4, figures);
  });

  test("binaryCrossEntropy neither overflows nor loses small losses", () => {
    assertClose(loss.binaryCrossEntropy([1000, -1000, -1000], [0, 1, 0], none), [1000, 1000, 0]);
    // log1p(e⁻²⁰) = 2.0611536e-9 is below the resolution of f32 near 20.
    assertClose(loss.binaryCrossEntropy([20], [1], none), [2.0611536e-9], { absolute: 1e-14 });
  });

  test("focal meets the computed figures", () => {
    assertClose(loss.focal(z, t, none), [2.7320831e-5, 0.0013526721, 0.1754670759, 0.2830587006], {
      absolute: 6e-11,
      relative: 2e-8,
    });
  });

  test("focal with γ = 0 is weighted binary cross-entropy, and unweighted without α", () => {
    assertClose(loss.focal(z, t, { gamma: 0, alpha: 0.5 }), loss.binaryCrossEntropy(z, t).mul(0.5));
    assertClose(loss.focal(z, t, { gamma: 0, alpha: null }), loss.binaryCrossEntropy(z, t));
  });

  test("are differentiable, also where answers are sure", () => {
    for (const options of [{}, { gamma: 0.5 }, { alpha: null, gamma: 3 }]) {
      checkGradients((x: Tensor) => loss.focal(x, t, options), [z], { order: 2 });
    }
    checkGradients((x: Tensor) => loss.binaryCrossEntropy(x, t, { positiveWeight: 3 }), [z], {
      order: 2,
    });
    const sure = grad((x: Tensor) => loss.focal(x, [1, 0], { gamma: 0.5 }))(tensor([200, -200]));
    expect([...sure.dataSync()].every(Number.isFinite)).toBe(true);
  });

  test("refuse shapes that differ, and options out of range", () => {
    expect(() => loss.binaryCrossEntropy([1, 2], [[1], [0]])).toThrow(
      "loss.binaryCrossEntropy: expected operands of one shape; got [2] and [2, 1]; reshape or broadcast one of them",
    );
    expect(() => loss.focal([1], [1], { gamma: -1 })).toThrow(
      "loss.focal: expected gamma ≥ 0; got -1",
    );
    expect(() => loss.focal([1], [1], { alpha: 2 })).toThrow(
      "loss.focal: expected alpha from 0 to 1; got 2",
    );
  });
});
