import { grad, hessian, random, range, type Tensor, tensor } from "@x/tensor";
import { eigvalsh } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  bilevel,
  bilevelProblems,
  boRep,
  lvHba,
  maid,
  scaleByLearningRate,
  solveBilevel,
} from "../../src/index";

const { ridge, logistic, hyperCleaning, hyperRepresentation, tvDenoising, svm } = bilevelProblems;
const key = random.key(11);

/** The curvatures of a lower level, smallest first. */
const curvatures = (lower: (y: Tensor) => Tensor, y: Tensor): Float64Array =>
  eigvalsh(
    hessian((flat: Tensor) => lower(flat.reshape(y.shape)))(y.ravel()),
  ).dataSync() as Float64Array;

describe("ridge", () => {
  const made = ridge(key, { features: 6 });
  const x = random.normal(random.key(1), [6], { dtype: "f64" });

  test("its minimum is one", () => {
    const slope = grad((y: Tensor) => made.problem.lower(x, y, undefined))(made.minimum(x));
    // Elimination in f64 on a matrix of condition below 100.
    expect(slope.norm().item()).toBeLessThan(1e-12);
  });

  test("its constants bound the curvature", () => {
    const values = curvatures((y) => made.problem.lower(x, y, undefined), made.y);
    expect(values[0]).toBeGreaterThanOrEqual(made.mu(x) - 1e-12);
    expect(values.at(-1)).toBeLessThanOrEqual(made.L(x) + 1e-12);
    const upper = curvatures((y) => made.problem.upper(x, y, undefined), made.y);
    expect(upper.at(-1)).toBeCloseTo(made.LgradG, 10);
  });

  test("every solver comes to the same validation loss", () => {
    const plain = ridge(key, { features: 8, informative: 3 });
    // Without it the penalties of idle features grow for ever, and with them the curvature.
    const prior = (x: Tensor): Tensor => x.square().sum().mul(0.02);
    const problem = {
      ...plain,
      problem: {
        ...plain.problem,
        upper: (x: Tensor, y: Tensor) => plain.problem.upper(x, y, undefined).add(prior(x)),
      },
    };
    const { L } = problem;
    const inner = scaleByLearningRate(1 / (L(problem.x) + 8));
    const outer = scaleByLearningRate(2);
    const phi = (at: Tensor): number => problem.problem.upper(at, problem.minimum(at)).item();
    const run = (
      solver: Parameters<typeof solveBilevel<Tensor, Tensor, never>>[0],
      iterations: number,
    ) => phi(solveBilevel(solver, problem.x, problem.y, { iterations }).x);
    const common = { outer, inner, innerSteps: 10 };
    const losses: Record<string, number> = {
      cg: run(bilevel(problem.problem, { ...common, method: "cg" }) as never, 300),
      neumann: run(
        bilevel(problem.problem, { ...common, method: "neumann", alpha: 0.2, terms: 30 }) as never,
        300,
      ),
      unrolled: run(
        bilevel(problem.problem, { ...common, innerSteps: 30, method: "unrolled" }) as never,
        300,
      ),
      amigo: run(
        bilevel(problem.problem, { ...common, method: "amigo", linear: inner }) as never,
        300,
      ),
      soba: run(
        bilevel(problem.problem, {
          ...common,
          method: "soba",
          linear: inner,
          outer: scaleByLearningRate(0.5),
        }) as never,
        2000,
      ),
      f2sa: run(
        bilevel(problem.problem, {
          ...common,
          method: "f2sa",
          lambda: 50,
          lambdaGrowth: 1,
        }) as never,
        300,
      ),
      boRep: run(
        boRep(problem.problem, {
          outerLr: (k) => 0.1 / Math.sqrt(1 + k / 50),
          innerLr: 0.2,
          vLr: 0.2,
        }) as never,
        1500,
      ),
      maid: run(
        maid(problem.problem, { mu: problem.mu, L, LgradG: problem.LgradG, step: 1 }) as never,
        300,
      ),
      lvHba: run(lvHba(problem.problem, { alpha: 0.1, eta: 0.2, c: 2 }) as never, 20_000),
    };
    const start = phi(problem.x);
    const values = Object.values(losses);
    const lowest = Math.min(...values);
    for (const [name, loss] of Object.entries(losses)) {
      // LV-HBA keeps a bias of the order of 1 / c_k = 1 / 250 in the gap; all others are exact in the limit.
      const share = name === "lvHba" ? 0.1 : 1e-3;
      expect(loss - lowest, name).toBeLessThan(share * (start - lowest));
    }
  });
});

describe("logistic", () => {
  test("its constants bound the curvature anywhere", () => {
    const made = logistic(key, { features: 5 });
    const x = random.normal(random.key(2), [5], { dtype: "f64" });
    for (const size of [0, 1, 5]) {
      const y = random.normal(random.key(3), [5], { dtype: "f64" }).mul(size);
      const values = curvatures((at) => made.problem.lower(x, at, undefined), y);
      expect(values[0]).toBeGreaterThanOrEqual(made.mu(x) - 1e-12);
      expect(values.at(-1)).toBeLessThanOrEqual(made.L(x) + 1e-12);
    }
  });

  test("learned penalties are higher where there is no signal", () => {
    const made = logistic(key, { features: 10, informative: 3, samples: 80, validation: 200 });
    const inner = scaleByLearningRate(1 / (made.L(made.x) + 2));
    const solver = bilevel(made.problem, {
      method: "cg",
      outer: scaleByLearningRate(5),
      inner,
      innerSteps: 20,
    });
    const { x } = solveBilevel(solver, made.x, made.y, { iterations: 200 });
    const mean = (from: number, to: number): number => x.at(range(from, to)).mean().item();
    expect(mean(3, 10)).toBeGreaterThan(mean(0, 3) + 1);
  });
});

describe("hyperCleaning", () => {
  const made = hyperCleaning(key);

  test("turns round the share of labels that was asked for", () => {
    // Four standard deviations of a binomial share of 600.
    expect(Math.abs(made.flipped.cast("f32").mean().item() - 0.4)).toBeLessThan(
      4 * Math.sqrt(0.24 / 600),
    );
  });

  test("BO-REP finds the wrong labels and gains accuracy over equal weights", () => {
    const solver = boRep(made.problem, {
      outerLr: (k) => 1 / Math.sqrt(1 + k / 100),
      innerLr: 0.5,
      vLr: 0.5,
      innerSteps: 5,
    });
    const { x, y } = solveBilevel(solver, made.x, made.y, { iterations: 300 });
    const weights = x.sigmoid();
    const share = made.flipped.cast("f32");
    const wrong = weights.mul(share).sum().div(share.sum()).item();
    const right = weights.mul(share.neg().add(1)).sum().div(share.neg().add(1).sum()).item();
    const plain = solver.init(made.x, made.y).y;
    expect(right).toBeGreaterThan(2 * wrong);
    expect(made.accuracy(y)).toBeGreaterThan(made.accuracy(plain) + 0.05);
  });
});

describe("hyperRepresentation", () => {
  const made = hyperRepresentation(key);

  test("knows how much of the subspace is missed", () => {
    expect(made.missed(made.truth)).toBeCloseTo(0, 5);
    expect(made.missed(made.truth.mul(3).flip(0))).toBeCloseTo(0, 5);
  });

  test("learning the representation finds the subspace that tasks share", () => {
    const solver = bilevel(made.problem, {
      method: "cg",
      outer: scaleByLearningRate(0.5),
      inner: scaleByLearningRate(2),
      innerSteps: 20,
    });
    const { x } = solveBilevel(solver, made.x, made.y, { iterations: 300 });
    expect(made.missed(x)).toBeLessThan(0.1 * made.missed(made.x));
  });
});

describe("tvDenoising", () => {
  test("its constants bound the curvature, and the noise is as asked for", () => {
    const made = tvDenoising(key, { count: 1, height: 5, width: 6, noise: 0.2 });
    const values = curvatures((y) => made.problem.lower(made.x, y, undefined), made.clean);
    expect(values[0]).toBeGreaterThanOrEqual(made.mu - 1e-9);
    expect(values.at(-1)).toBeLessThanOrEqual(made.L(made.x));
    // At constant images the bound is nearly reached.
    expect(values.at(-1)).toBeGreaterThan(0.5 * made.L(made.x));
    const large = tvDenoising(key, { noise: 0.2 });
    // −20 log₁₀ 0.2; four standard deviations of the mean square of 1024 normal numbers.
    expect(Math.abs(large.psnr(large.y) - 13.98)).toBeLessThan(
      4 * 4.34 * Math.sqrt(2 / 1024) + 0.1,
    );
  });

  test("MAID learns weights that denoise", () => {
    const made = tvDenoising(key, { count: 4, height: 12, width: 12 });
    const solver = maid(made.problem, {
      mu: made.mu,
      L: made.L,
      LgradG: made.LgradG,
      step: 0.1,
      budget: 6000,
    });
    const { y } = solveBilevel(solver, made.x, made.y, { iterations: 40 });
    expect(made.psnr(y)).toBeGreaterThan(made.psnr(made.y) + 3);
  });
});

describe("svm", () => {
  const made = svm(key, { samples: 40, flipped: 0.2 });

  test("starts feasible, with constraints that say what they should", () => {
    const g = made.problem.constraints?.inequality?.(made.x, made.y) as Tensor;
    expect(g.max().item()).toBeLessThan(1e-12);
    // Slack where it is needed, none where it is not.
    const margin = g.neg().add(1).sub(made.y.slack);
    assertClose(made.y.slack, margin.neg().add(1).maximum(0), { absolute: 1e-12 });
  });

  test("LV-HBA prices wrong labels lower, improves the upper level and stays feasible", () => {
    const solver = lvHba(made.problem, { alpha: 0.05, beta: 0.05, eta: 0.03, c: 0.1 });
    const { x, y } = solveBilevel(solver, made.x, made.y, { iterations: 300 });
    const share = made.flipped.cast("f64");
    const meanOver = (mask: Tensor): number => x.mul(mask).sum().div(mask.sum()).item();
    expect(meanOver(share)).toBeLessThan(meanOver(share.neg().add(1)) - 0.1);
    const g = made.problem.constraints?.inequality?.(x, y) as Tensor;
    expect(g.max().item()).toBeLessThan(1e-8);
    // The machine of equal prices, by the squared hinge that eliminating the slack leaves.
    const violation = (w: { weight: Tensor; bias: Tensor }): Tensor =>
      made.problem.constraints?.inequality?.(x, { ...w, slack: made.y.slack.mul(0) }) as Tensor;
    const hinge = (w: { weight: Tensor; bias: Tensor }): Tensor =>
      violation(w).maximum(0).square().sum().add(w.weight.square().sum()).div(2);
    let equal = { weight: made.y.weight, bias: made.y.bias };
    for (let k = 0; k < 500; k++) {
      const g = grad(hinge)(equal);
      equal = {
        weight: equal.weight.sub(g.weight.mul(0.005)),
        bias: equal.bias.sub(g.bias.mul(0.005)),
      };
    }
    const upper = (w: { weight: Tensor; bias: Tensor }): number =>
      made.problem.upper(x, { ...y, ...w }, undefined).item();
    expect(upper(y)).toBeLessThan(upper(equal) - 0.03);
    expect(made.accuracy(y)).toBeGreaterThan(made.accuracy({ ...y, ...equal }));
  });
});

describe("generators", () => {
  test.each([
    [() => ridge(key, { samples: 0 }), "samples to be a whole number ≥ 1; got 0"],
    [() => logistic(key, { noise: -1 }), "noise ≥ 0 and finite; got -1"],
    [() => hyperCleaning(key, { classes: 1 }), "classes to be a whole number ≥ 2; got 1"],
    [() => hyperRepresentation(key, { weightDecay: 0 }), "weightDecay > 0 and finite; got 0"],
    [() => tvDenoising(key, { noise: 0 }), "noise > 0 and finite; got 0"],
    [() => svm(key, { features: 1.5 }), "features to be a whole number ≥ 1; got 1.5"],
  ])("refuse sizes out of range: %o", (make, text) => {
    expect(make).toThrow(text);
  });

  test("make the same data from the same key and other data from another", () => {
    const value = (k: Tensor): number =>
      svm(k)
        .problem.upper(tensor(0), { ...svm(k).y, weight: svm(k).y.weight.add(1) }, undefined)
        .item();
    expect(value(key)).toBe(value(random.key(11)));
    expect(value(key)).not.toBe(value(random.key(12)));
  });
});
