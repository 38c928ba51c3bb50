import {
  ArgumentError,
  jit,
  random,
  ShapeError,
  type Tensor,
  TraceError,
  tensor,
  vmap,
} from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metrics } from "../../src/index";

const confidences = [0.95, 0.9, 0.85, 0.7, 0.65, 0.6, 0.55, 0.3];
const right = [1, 1, 0, 1, 0, 1, 0, 0];

describe("calibrationError", () => {
  test("meets the computed figures", () => {
    const five = metrics.calibrationError(confidences, right, { bins: 5 });
    expect(five.expected).toBeCloseTo(0.1875, 12);
    expect(five.max).toBeCloseTo(0.3, 12);
    const ten = metrics.calibrationError(confidences, right, { bins: 10 });
    expect(ten.expected).toBeCloseTo(0.2, 12);
    expect(ten.max).toBeCloseTo(0.375, 12);
    const mass = metrics.calibrationError(confidences, right, { bins: 4, binning: "mass" });
    expect(mass.expected).toBeCloseTo(0.225, 12);
    expect(mass.bins.map((b) => b.count)).toEqual([2, 2, 2, 2]);
  });

  test("puts multiples of the width into the bin that ends there", () => {
    for (let k = 1; k <= 10; k++) {
      const { bins } = metrics.calibrationError([k / 10], [1], { bins: 10 });
      expect(bins.findIndex((b) => b.count === 1)).toBe(k - 1);
    }
    // 0.1 + 0.2 is a hair more than 0.3.
    const { bins } = metrics.calibrationError([0.1 + 0.2, 0], [1, 1], { bins: 10 });
    expect(bins.map((b) => b.count)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("is 0 where every bin keeps its promise, and takes tensors", () => {
    const p = tensor([0.5, 0.5, 1, 0], { dtype: "f64" });
    expect(metrics.calibrationError(p, tensor([true, false, true, false])).expected).toBe(0);
  });

  test("refuses what is no confidence", () => {
    expect(() => metrics.calibrationError([1.2], [1])).toThrow(
      "metrics.calibrationError: expected confidences from 0 to 1; got 1.2 at position 0",
    );
    expect(() => metrics.calibrationError([0.2], [1], { bins: 0 })).toThrow(ArgumentError);
    expect(() => metrics.calibrationError([0.2], [1, 1])).toThrow(
      "metrics.calibrationError: expected as many confidences as hits, and at least one; got 1 and 2",
    );
  });
});

describe("brier and nll", () => {
  test("meet the computed figures", () => {
    expect(metrics.brier(confidences, right)).toBeCloseTo(0.225, 12);
    expect(metrics.nll(confidences, right)).toBeCloseTo(0.6407848909, 10);
  });

  test("agree for two columns and one, but for Brier's factor 2", () => {
    const two = tensor(
      confidences.map((p) => [1 - p, p]),
      { dtype: "f64" },
    );
    expect(metrics.brier(two, right)).toBeCloseTo(2 * 0.225, 12);
    expect(metrics.nll(two, right)).toBeCloseTo(0.6407848909, 10);
    expect(metrics.nll([0, 1], [1, 1])).toBe(Infinity);
  });

  test("refuse what is no probability", () => {
    expect(() => metrics.nll([2], [1])).toThrow(
      "metrics.nll: expected probabilities from 0 to 1; got 2 at position 0",
    );
    expect(() => metrics.brier([[0.5, 0.2]], [1])).toThrow(
      "metrics.brier: expected probabilities ≥ 0 whose sum is 1",
    );
    expect(() => metrics.brier([0.5], [2])).toThrow(
      "metrics.brier: expected labels from 0 to 1; got 2 at position 0",
    );
    expect(() => metrics.nll([0.5], [])).toThrow(ShapeError);
  });
});

describe("auc and averagePrecision", () => {
  const scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.7];
  const labels = [0, 0, 1, 1, 1, 0];

  test("meet the computed figures", () => {
    expect(metrics.auc(scores, labels)).toBeCloseTo(0.6111111111, 10);
    expect(metrics.averagePrecision(scores, labels)).toBeCloseTo(0.7, 12);
  });

  test("auc equals the count over all pairs", () => {
    const examples = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(examples, (list) => {
        const positive = list.filter(([, y]) => y).map(([s]) => s);
        const negative = list.filter(([, y]) => !y).map(([s]) => s);
        fc.pre(positive.length > 0 && negative.length > 0);
        let sum = 0;
        for (const a of positive) for (const b of negative) sum += a > b ? 1 : a === b ? 0.5 : 0;
        const found = metrics.auc(
          list.map(([s]) => s),
          list.map(([, y]) => y),
        );
        expect(found).toBeCloseTo(sum / (positive.length * negative.length), 12);
      }),
      { seed: 5 },
    );
  });

  test("averagePrecision of distinct scores is the mean precision at the positives", () => {
    // From the highest: 1, 0, 1, 1, 0 with precisions 1, –, 2/3, 3/4.
    expect(metrics.averagePrecision([5, 4, 3, 2, 1], [1, 0, 1, 1, 0])).toBeCloseTo(
      (1 + 2 / 3 + 3 / 4) / 3,
      12,
    );
  });

  test("refuse one class alone, naming it, and NaN", () => {
    expect(() => metrics.auc([1, 2], [1, 1])).toThrow(
      "metrics.auc: expected examples of both classes; all 2 are of class 1",
    );
    expect(() => metrics.averagePrecision([1, 2], [0, 0])).toThrow("all 2 are of class 0");
    expect(() => metrics.auc([1, NaN], [0, 1])).toThrow(
      "metrics.auc: expected numbers in scores; got NaN at position 1",
    );
    expect(() => metrics.auc([1, 2], [0, 3])).toThrow(
      "metrics.auc: expected labels from 0 to 1; got 3 at position 1",
    );
  });
});

describe("hits and accuracy", () => {
  test("count the right class among the k highest, lower classes first among equals", () => {
    const scores = [
      [0.1, 0.7, 0.2],
      [0.4, 0.4, 0.2],
      [0.2, 0.4, 0.4],
    ];
    expect(metrics.hits(scores, [1, 1, 2]).toArray()).toEqual([true, false, false]);
    expect(metrics.hits(scores, [1, 0, 1]).toArray()).toEqual([true, true, true]);
    expect(metrics.hits(scores, [2, 1, 0], { k: 2 }).toArray()).toEqual([true, true, false]);
    expect(metrics.accuracy(scores, [1, 1, 2])).toBeCloseTo(1 / 3, 12);
    expect(metrics.accuracy(scores, [0, 0, 0], { k: 3 })).toBe(1);
    expect(() => metrics.accuracy(scores, [0])).toThrow(
      "metrics.accuracy: expected labels of shape [3]",
    );
  });

  test("refuse labels that are no class, where they can be read", () => {
    const scores = [
      [0.1, 0.9],
      [0.8, 0.2],
    ];
    for (const name of ["hits", "accuracy"] as const) {
      const call = metrics[name] as (s: number[][], y: Tensor | number[]) => unknown;
      for (const bad of [7, -1, 0.5]) {
        const text = `metrics.${name}: expected labels from 0 to 1; got ${bad} at position 1`;
        expect(() => call(scores, [1, bad])).toThrow(text);
        expect(() => call(scores, tensor([1, bad]))).toThrow(text);
      }
    }
    const traced = jit((y: Tensor) => metrics.hits(scores, y));
    expect(traced(tensor([7, -1], { dtype: "i32" })).shape).toEqual([2]);
  });

  test("say what takes the place of accuracy where values are traced", () => {
    const y = tensor([1, 0], { dtype: "i32" });
    const accuracyIn = (s: Tensor): Tensor => s.sum().mul(metrics.accuracy(s, y));
    const text =
      "metrics.accuracy: expected scores that can be read, as it returns a number; got traced ones; inside jit or vmap use metrics.hits(scores, labels).mean()";
    const scores = tensor([
      [0.1, 0.9],
      [0.3, 0.7],
    ]);
    const batched = (): Tensor => vmap(accuracyIn)(scores.expandDims(0));
    for (const call of [() => jit(accuracyIn)(scores), batched]) {
      expect(call).toThrow(TraceError);
      expect(call).toThrow(text);
    }
    expect(jit((s: Tensor) => metrics.hits(s, y).mean())(scores).item()).toBe(0.5);
  });

  test("are never hits where scores are NaN", () => {
    expect(
      metrics
        .hits(
          [
            [NaN, 1],
            [1, NaN],
          ],
          [0, 0],
        )
        .toArray(),
    ).toEqual([false, false]);
  });

  test("agree with sorting, inside jit too", () => {
    const scores = random.randint(random.key(0), [50, 6], { high: 4 }).cast("f32");
    const labels = random.randint(random.key(1), [50], { high: 6 });
    const rows = scores.toArray() as number[][];
    const expected = (labels.toArray() as number[]).map((y, i) => {
      const order = [0, 1, 2, 3, 4, 5].sort(
        (a, b) => (rows[i]?.[b] as number) - (rows[i]?.[a] as number),
      );
      return order.indexOf(y) < 2;
    });
    const f = jit((s: Tensor, y: Tensor) => metrics.hits(s, y, { k: 2 }));
    expect(f(scores, labels).toArray()).toEqual(expected);
  });

  test("refuse labels of another shape, and k < 1", () => {
    expect(() => metrics.hits([[1, 2]], [0, 1])).toThrow(
      "metrics.hits: expected labels of shape [1] for scores [1, 2]; got [2]",
    );
    expect(() => metrics.hits([[1, 2]], [0], { k: 0 })).toThrow(
      "metrics.hits: expected an integer k ≥ 1; got 0",
    );
    expect(() =>
      metrics.accuracy(tensor([], { shape: [0, 2] }), tensor([], { shape: [0], dtype: "i32" })),
    ).toThrow("metrics.accuracy: expected at least one example; got none");
  });
});

describe("confusion", () => {
  const confusion = [
    [5, 1, 0],
    [2, 3, 1],
    [0, 0, 4],
  ];

  test("matrix has true classes in rows", () => {
    const labels = confusion.flatMap(
      (row, i) => Array(row.reduce((a, b) => a + b)).fill(i) as number[],
    );
    const predictions = confusion.flatMap((row) =>
      row.flatMap((n, j) => Array(n).fill(j) as number[]),
    );
    expect(metrics.confusionMatrix(predictions, labels, 3).toArray()).toEqual(confusion);
  });

  test("scores meet the computed figures", () => {
    const s = metrics.classificationScores(confusion);
    expect(s.accuracy).toBeCloseTo(0.75, 12);
    expect(s.balancedAccuracy).toBeCloseTo(0.7777777778, 10);
    expect(s.macroF1).toBeCloseTo(0.7527065527, 10);
    expect(s.kappa).toBeCloseTo(0.6235294118, 10);
    expect(s.mcc).toBeCloseTo(0.6347419188, 10);
    expect(s.perClass[1]).toEqual({ precision: 0.75, recall: 0.5, f1: 0.6, support: 6 });
    expect(s.emptyClasses).toEqual([]);
  });

  test("scores flag classes without examples, whose F1 is 0", () => {
    const s = metrics.classificationScores(
      tensor(
        [
          [3, 0],
          [0, 0],
        ],
        { dtype: "i32" },
      ),
    );
    expect(s.emptyClasses).toEqual([1]);
    expect(s.macroF1).toBe(0.5);
    expect(s.balancedAccuracy).toBe(1);
    expect(s.mcc).toBe(0);
    expect(s.kappa).toBeNaN();
  });

  test("of two classes, mcc is the correlation of predictions and labels", () => {
    const s = metrics.classificationScores([
      [4, 2],
      [1, 3],
    ]);
    // φ = (ad − bc) / √((a+b)(c+d)(a+c)(b+d))
    expect(s.mcc).toBeCloseTo((4 * 3 - 2 * 1) / Math.sqrt(6 * 4 * 5 * 5), 12);
  });

  test("refuse what is no class and no count", () => {
    expect(() => metrics.confusionMatrix([0, 3], [0, 1], 3)).toThrow(
      "metrics.confusionMatrix: expected predictions from 0 to 2; got 3 at position 1",
    );
    expect(() => metrics.confusionMatrix([0], [0], 0)).toThrow(
      "expected an integer number of classes ≥ 1; got 0",
    );
    expect(() => metrics.classificationScores([[1, 2]])).toThrow(ShapeError);
    expect(() =>
      metrics.classificationScores([
        [1, -2],
        [0, 0],
      ]),
    ).toThrow("got -2 at [0, 1]");
    expect(() => metrics.classificationScores([[0]])).toThrow("got only zeros");
  });
});

describe("regression metrics", () => {
  test("equal their definitions", () => {
    expect(metrics.rmse([1, 2], [2, 4])).toBeCloseTo(Math.sqrt(2.5), 12);
    expect(metrics.mae([1, 2], [2, 4])).toBe(1.5);
    expect(metrics.r2([1, 2, 4], [1, 2, 3])).toBeCloseTo(0.5, 12);
    expect(metrics.r2([2, 2, 2], [1, 2, 3])).toBeCloseTo(0, 12);
  });

  test("r2 keeps its digits far from 0", () => {
    expect(metrics.r2([1e9 + 1, 1e9 + 2, 1e9 + 4], [1e9 + 1, 1e9 + 2, 1e9 + 3])).toBeCloseTo(
      0.5,
      9,
    );
  });

  test("spearman sees order alone, with mid-ranks for equal values", () => {
    expect(metrics.spearman([1, 2, 3], [10, 100, 1000])).toBeCloseTo(1, 12);
    expect(metrics.spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 / √(4.5 · 5).
    expect(metrics.spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
  });

  test("take tensors of any shape, and refuse other lengths", () => {
    assertClose(metrics.mae(tensor([[1, 2]]), new Float32Array([2, 4])), 1.5);
    expect(() => metrics.rmse([], [])).toThrow(
      "metrics.rmse: expected as many predictions as targets, and at least one; got 0 and 0",
    );
  });
});
