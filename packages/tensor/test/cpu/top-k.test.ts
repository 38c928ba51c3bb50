import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { topKLowering } from "../../src/cpu/lower/top-k";
import { type DType, dtypes, isFloat } from "../../src/dtype";
import { threefry2x32 } from "../../src/internal/threefry";
import { sizeOf } from "../../src/shape";
import { type Engine, engines, type Operand, operandOf, runLowering } from "./run-lowering";

/** By definition: the whole row in order, NaN first, then descending, lower positions first; cut after k. */
function largest(row: readonly number[], k: number): { values: number[]; positions: number[] } {
  const rank = (x: number): number => (Number.isNaN(x) ? 1 : 0);
  const positions = row
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [row[i] as number, row[j] as number];
      if (rank(a) !== rank(b)) return rank(b) - rank(a);
      return a === b || rank(a) === 1 ? i - j : b > a ? 1 : -1;
    })
    .slice(0, k);
  return { values: positions.map((i) => row[i] as number), positions };
}

function check(engine: Engine, x: Operand, k: number, backwards = false): void {
  const shape = [...x.shape.slice(0, -1), k];
  const outputs = [
    { dtype: x.dtype, shape },
    { dtype: "i32" as const, shape },
  ];
  const [values, positions] = runLowering(engine, topKLowering, [x], outputs, { k }, backwards);
  const n = x.shape.at(-1) as number;
  const expected = Array.from({ length: sizeOf(x.shape.slice(0, -1)) }, (_, r) =>
    largest(x.values.slice(r * n, (r + 1) * n), k),
  );
  const wrong = (actual: readonly number[] | undefined, wanted: readonly number[]): number[] =>
    wanted.flatMap((value, i) => (Object.is(value, actual?.[i]) ? [] : [i]));
  expect(
    wrong(
      positions,
      expected.flatMap((e) => e.positions),
    ).slice(0, 9),
  ).toEqual([]);
  expect(
    wrong(
      values,
      expected.flatMap((e) => e.values),
    ).slice(0, 9),
  ).toEqual([]);
}

function random(dtype: DType, length: number, seed: number, distinct: number): number[] {
  return Array.from({ length }, (_, i) => {
    const [a] = threefry2x32(seed, 1, i, 0);
    if (dtype === "bool") return a & 1;
    if (dtype === "u8") return a & 255;
    return isFloat(dtype) ? Math.fround((a % distinct) - distinct / 2) : a % distinct;
  });
}

const cases = (dtype: DType): fc.Arbitrary<{ x: Operand; k: number }> =>
  fc
    .oneof(
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
      // Long enough for the vector search, with and without groups of four vectors.
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 30, max: 300 })),
    )
    .chain((shape) =>
      fc.record({
        x: operandOf(dtype, shape),
        k: fc.integer({ min: 0, max: Math.min(shape.at(-1) as number, 40) }),
      }),
    );

describe.each(engines)("topK in $name", (engine) => {
  it.each(dtypes)("finds the k largest of the rows of any strided %s view", (dtype) => {
    fc.assert(
      fc.property(cases(dtype), fc.boolean(), ({ x, k }, backwards) =>
        check(engine, x, k, backwards),
      ),
      { numRuns: 60 },
    );
  });

  it.each(["f32", "f64"] as const)("finds them among distinct, repeated and equal %s", (dtype) => {
    // Few distinct values give more ties with the k-th than are ranked by comparison.
    for (const distinct of [1, 3, 50, 2 ** 24]) {
      const x = { dtype, shape: [5, 1003], values: random(dtype, 5015, 3, distinct) };
      for (const k of [1, 2, 7, 16, 100, 128, 129, 250, 1003]) check(engine, x, k);
    }
  });

  it("finds them where NaN, infinities and zeros of both signs are among them", () => {
    for (const special of [NaN, Infinity, -Infinity, -0]) {
      const values = random("f32", 640, 9, 2 ** 20).map((v, i) =>
        i % 37 === 5 ? special : -Math.abs(v),
      );
      for (const dtype of ["f32", "f64"] as const) {
        for (const k of [1, 16, 30]) check(engine, { dtype, shape: [2, 320], values }, k);
      }
    }
    const lowest = new Array<number>(400).fill(-Infinity);
    check(engine, { dtype: "f32", shape: [400], values: lowest }, 5);
  });

  const ways = [
    ["the winners of several blocks", 35_001, 16],
    ["several rounds", 150_000, 2048],
    ["a sort of the whole row", 35_001, 2049],
    ["a sort that keeps all of it", 17_000, 17_000],
  ] as const;
  it.each(
    ways.flatMap((way) => (["f32", "f64", "i32", "u8"] as const).map((d) => [...way, d] as const)),
  )("finds them in long rows by %s: %i, k = %i, %s", (_, n, k, dtype) => {
    const rows = n > 1e5 ? 1 : 2;
    const x = { dtype, shape: [rows, n], values: random(dtype, rows * n, n, 2 ** 16) };
    check(engine, x, k, true);
  });
});
