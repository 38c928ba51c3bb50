import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argsortLowering, sortLowering } from "../../src/cpu/lower/sort";
import { type DType, dtypes } from "../../src/dtype";
import { threefry2x32 } from "../../src/internal/threefry";
import { sizeOf } from "../../src/shape";
import { type Engine, engines, type Operand, operandOf, runLowering } from "./run-lowering";

/** Positions of a row in stable ascending order, NaN last, by insertion. */
function sortedPositions(row: readonly number[]): number[] {
  const after = (a: number, b: number): boolean => a > b || (Number.isNaN(a) && !Number.isNaN(b));
  const positions: number[] = [];
  row.forEach((value, i) => {
    let at = positions.length;
    while (at > 0 && after(row[positions[at - 1] as number] as number, value)) at--;
    positions.splice(at, 0, i);
  });
  return positions;
}

/** Index of the first element that differs, −1 if there is none; −0 differs from +0, NaN not from NaN. */
function firstDifference(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Math.min(actual.length, expected.length);
  return actual.findIndex((value, i) => !Object.is(value, expected[i]));
}

function rowsOf({ shape, values }: Operand): number[][] {
  const n = shape.at(-1) as number;
  const rows = sizeOf(shape.slice(0, -1));
  return Array.from({ length: rows }, (_, r) => values.slice(r * n, (r + 1) * n));
}

const sort = (engine: Engine, x: Operand, backwards = false): number[] =>
  runLowering(
    engine,
    sortLowering,
    [x],
    [{ dtype: x.dtype, shape: x.shape }],
    {},
    backwards,
  ).flat();

const argsort = (engine: Engine, x: Operand, backwards = false): number[] =>
  runLowering(
    engine,
    argsortLowering,
    [x],
    [{ dtype: "i32", shape: x.shape }],
    {},
    backwards,
  ).flat();

/** Numbers spread over the whole range of a dtype, with a share of repeats and special values. */
function spread(dtype: DType, length: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => {
    const [a, b] = threefry2x32(seed, 0, i, 0);
    if (dtype === "bool") return a & 1;
    if (dtype === "u8") return a & 255;
    if (dtype === "i32") return a % 5 === 0 ? (b % 9) - 4 : a | 0;
    if (dtype === "u32") return a % 5 === 0 ? b % 9 : a;
    const special = [NaN, 0, -0, Infinity, -Infinity, 1, -1][b % 70];
    if (special !== undefined) return special;
    const value = (a / 2 ** 32 - 0.5) * 10 ** ((b % 60) - 30);
    return dtype === "f32" ? Math.fround(value) : value + value * 2 ** -40;
  });
}

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
  // On both sides of the length up to which rows are sorted by insertion.
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 20, max: 70 })),
);

describe.each(engines)("sorting in $name", (engine) => {
  it.each(dtypes)("orders the rows of any strided %s view as an insertion sort does", (dtype) => {
    const cases = shapes.chain((shape) => operandOf(dtype, shape));
    fc.assert(
      fc.property(cases, fc.boolean(), (x, backwards) => {
        const rows = rowsOf(x);
        const positions = rows.map(sortedPositions);
        expect(argsort(engine, x, backwards)).toEqual(positions.flat());
        // toEqual tells −0 from +0, so this is stability of the values too.
        const values = rows.flatMap((row, r) => positions[r]?.map((i) => row[i] as number));
        expect(sort(engine, x, backwards)).toEqual(values);
      }),
      { numRuns: 60 },
    );
  });

  // 300: radix sort by one thread; 40 000: long rows of two blocks each; 66 000: of three.
  const sizes = [
    [2, 300],
    [2, 40_000],
    [1, 66_000],
  ] as const;
  it.each(sizes.flatMap(([rows, n]) => dtypes.map((dtype) => [rows, n, dtype] as const)))(
    "orders %i rows of %i elements of %s",
    (rows, n, dtype) => {
      const x = { dtype, shape: [rows, n], values: spread(dtype, rows * n, n) };
      const positions = argsort(engine, x, true);
      const values = sort(engine, x, true);
      for (let r = 0; r < rows; r++) {
        const row = x.values.slice(r * n, (r + 1) * n);
        const order = positions.slice(r * n, (r + 1) * n);
        const sorted = order.map((i) => row[i] as number);
        expect(firstDifference(values.slice(r * n, (r + 1) * n), sorted)).toBe(-1);
        expect(new Set(order).size).toBe(n);
        let wrong = 0;
        for (let i = 1; i < n; i++) {
          const [a, b] = [sorted[i - 1] as number, sorted[i] as number];
          const [p, q] = [order[i - 1] as number, order[i] as number];
          const equal = a === b || (Number.isNaN(a) && Number.isNaN(b));
          if (equal ? p > q : !(a < b || Number.isNaN(b))) wrong++;
        }
        expect(wrong).toBe(0);
      }
    },
  );

  it("leaves rows of equal elements and sorted rows as they are, and turns reversed ones", () => {
    for (const n of [1, 5, 100, 33_000]) {
      const up = Array.from({ length: n }, (_, i) => i);
      const down = up.map((i) => n - 1 - i);
      const same = new Array<number>(n).fill(-2.5);
      for (const dtype of ["f32", "f64"] as const) {
        const x = { dtype, shape: [3, n], values: [...up, ...down, ...same] };
        expect(firstDifference(sort(engine, x), [...up, ...up, ...same])).toBe(-1);
        expect(firstDifference(argsort(engine, x), [...up, ...down, ...up])).toBe(-1);
      }
    }
  });

  it("keeps mixed zeros of a long row in their order", () => {
    const values = Array.from({ length: 50_000 }, (_, i) =>
      i % 3 === 0 ? -0 : i % 3 === 1 ? 0 : 1,
    );
    const expected = [...values.filter((v) => v === 0), ...values.filter((v) => v === 1)];
    for (const dtype of ["f32", "f64"] as const) {
      const sorted = sort(engine, { dtype, shape: [50_000], values });
      expect(firstDifference(sorted, expected)).toBe(-1);
    }
  });

  it("sorts a long axis of a transposed array", () => {
    const shape = [2, 20_000];
    const values = spread("f32", 40_000, 7);
    const straight = sort(engine, { dtype: "f32", shape, values });
    const across = sort(engine, { dtype: "f32", shape, values, order: [1, 0] });
    expect(firstDifference(across, straight)).toBe(-1);
  });
});

describe("sorting bits that JavaScript does not write", () => {
  it("puts NaN of either sign and any payload last", () => {
    const [wasm] = engines as [Engine];
    const bits = [0xffc00000, 0x3f800000, 0x7f800001, 0xff800000, 0x7fffffff, 0x7f800000];
    const asFloats = {
      ...argsortLowering,
      launch: (...[[x], outputs, params, scratch]: Parameters<typeof argsortLowering.launch>) =>
        argsortLowering.launch([{ ...x!, dtype: "f32" }], outputs, params, scratch),
    };
    const x = { dtype: "u32", shape: [6], values: bits } as const;
    const [positions] = runLowering(wasm, asFloats, [x], [{ dtype: "i32", shape: [6] }], {});
    expect(positions).toEqual([3, 1, 5, 0, 2, 4]);
  });
});
