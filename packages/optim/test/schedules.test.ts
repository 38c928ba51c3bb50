import { jit, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  joinSchedules,
  linearSchedule,
  oneCycleSchedule,
  polynomialSchedule,
  type Schedule,
  schedule,
  stepSchedule,
  tabulate,
  warmupStableDecay,
  withWarmup,
} from "../src/index";

const at = (s: Schedule, steps: readonly number[]): number[] => steps.map((t) => s(t));
const near = (values: readonly number[], expected: readonly number[]): void => {
  expect(values).toHaveLength(expected.length);
  // A handful of f64 operations on numbers of order one.
  values.forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i] as number, 14);
  });
};

describe("schedules", () => {
  test("a cosine is 1, ½, 0 at the start, the middle and the end, and stays", () => {
    near(at(cosineSchedule(1, 100), [0, 50, 100, 150]), [1, 0.5, 0, 0]);
    near(at(cosineSchedule(1, 100, { end: 0.2 }), [0, 50, 100]), [1, 0.6, 0.2]);
  });

  test("lines, powers and exponentials follow their formulas", () => {
    near(at(constantSchedule(0.3), [0, 7]), [0.3, 0.3]);
    near(at(linearSchedule(0, 0.1, 4), [0, 1, 4, 9]), [0, 0.025, 0.1, 0.1]);
    near(at(polynomialSchedule(1, 0, 4), [0, 2, 3, 4]), [1, 0.25, 0.0625, 0]);
    near(at(exponentialSchedule(1, 0.5, { every: 10 }), [0, 5, 10]), [1, Math.SQRT1_2, 0.5]);
    near(
      at(exponentialSchedule(1, 0.5, { every: 10, staircase: true }), [9, 10, 25]),
      [1, 0.5, 0.25],
    );
    near(at(stepSchedule(1, { 30: 0.1, 60: 0.5 }), [0, 29, 30, 60]), [1, 1, 0.1, 0.05]);
  });

  test("warm-up, plateau and decay have the four shapes of the fall", () => {
    const fall = (shape: "linear" | "cosine" | "sqrt" | "square"): number[] =>
      at(warmupStableDecay(1, { warmup: 2, stable: 2, decay: 4, shape }), [0, 1, 2, 3, 4, 5, 8, 9]);
    near(fall("sqrt"), [0, 0.5, 1, 1, 1, 0.5, 0, 0]);
    near(fall("linear"), [0, 0.5, 1, 1, 1, 0.75, 0, 0]);
    near(fall("square"), [0, 0.5, 1, 1, 1, 0.9375, 0, 0]);
    near(fall("cosine"), [0, 0.5, 1, 1, 1, (1 + Math.SQRT1_2) / 2, 0, 0]);
  });

  test("one cycle rises from peak / 25 to the peak and falls to a ten-thousandth of its start", () => {
    near(at(oneCycleSchedule(1, 100), [0, 15, 30, 65, 100]), [
      0.04,
      0.52,
      1,
      (1 + 0.04e-4) / 2,
      0.04e-4,
    ]);
  });

  test("joined schedules each count from their own beginning", () => {
    const s = joinSchedules([linearSchedule(0, 1, 2), linearSchedule(1, 0, 4)], [2]);
    near(at(s, [0, 1, 2, 3, 6]), [0, 0.5, 1, 0.75, 0]);
    near(at(withWarmup(2, cosineSchedule(1, 4)), [0, 1, 2, 4, 6]), [0, 0.5, 1, 0.5, 0]);
  });

  test("a table keeps any function of numbers and its last value after the end", () => {
    near(
      at(
        tabulate((t) => 1 / (t + 1), 3),
        [0, 1, 2, 10],
      ),
      [1, 1 / 2, 1 / 3, 1 / 3],
    );
  });

  test("every schedule gives the same inside jit as for a number", () => {
    const all = [
      constantSchedule(0.3),
      polynomialSchedule(1, 0.1, 7),
      cosineSchedule(1, 9),
      exponentialSchedule(1, 0.9, { every: 2 }),
      stepSchedule(1, { 3: 0.1 }),
      oneCycleSchedule(1, 10),
      warmupStableDecay(1, { warmup: 2, stable: 3, decay: 4 }),
      withWarmup(3, cosineSchedule(1, 5)),
      tabulate((t) => t * t, 5),
      schedule((t) => t.add(1).rsqrt()),
    ];
    const values = jit((t: Tensor) => all.map((s) => s(t)));
    for (const t of [0, 1, 4, 12]) {
      const traced = values(tensor(t, { dtype: "i32" }));
      near(
        traced.map((x) => x.item()),
        all.map((s) => s(t)),
      );
      expect(traced.every((x) => x.dtype === "f64")).toBe(true);
    }
  });

  test("bad lengths and values are refused by name", () => {
    expect(() => cosineSchedule(-1, 10)).toThrow(
      "cosineSchedule: expected peak ≥ 0 and finite; got -1",
    );
    expect(() => cosineSchedule(1, 0)).toThrow(
      "cosineSchedule: expected steps to be a whole number ≥ 1; got 0",
    );
    expect(() => exponentialSchedule(1, 0)).toThrow("expected rate > 0 and finite; got 0");
    expect(() => joinSchedules([constantSchedule(1)], [3])).toThrow(
      "got 1 schedules and 1 boundaries",
    );
    expect(() =>
      joinSchedules([constantSchedule(1), constantSchedule(1), constantSchedule(1)], [3, 3]),
    ).toThrow("expected each boundary to be a whole number ≥ 4; got 3");
    expect(() => tabulate((t) => 1 / t, 3)).toThrow("got Infinity at step 0");
    expect(() => oneCycleSchedule(1, 10, { rise: 1 })).toThrow("expected rise in (0, 1); got 1");
    expect(() => warmupStableDecay(1, { stable: 1, decay: 1, shape: "up" as "sqrt" })).toThrow(
      "expected shape linear, cosine, sqrt, square; got up",
    );
  });
});
