import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatherLowering } from "../../src/cpu/lower/gather";
import { scatterAddLowering } from "../../src/cpu/lower/scatter-add";
import { dtypes } from "../../src/dtype";
import { sizeOf } from "../../src/shape";
import { engines, type Operand, operandOf, runLowering } from "./run-lowering";

/** Lengths of the four groups of axes, and of the indexed axis. */
interface Case {
  readonly batch: number[];
  readonly before: number[];
  readonly length: number;
  readonly index: number[];
  readonly after: number[];
}

const group = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 });
const cases: fc.Arbitrary<Case> = fc.record({
  batch: group,
  before: group,
  length: fc.integer({ min: 1, max: 5 }),
  index: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }),
  after: fc.oneof(group, fc.constant<number[]>([21]), fc.constant<number[]>([130])),
});

/** Index operands: the valid range and a little outside of it, so that several entries fall together. */
const indicesOf = (dtype: "i32" | "u32", shape: number[], length: number): fc.Arbitrary<Operand> =>
  operandOf(
    dtype,
    shape,
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.nat(length - 1) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            length,
            ...(dtype === "i32" ? [-1, -(2 ** 31), 2 ** 31 - 1] : [2 ** 31, 2 ** 32 - 1]),
          ),
        },
      ),
      { minLength: sizeOf(shape), maxLength: sizeOf(shape), size: "max" },
    ),
  );

/** Calls `visit(batch, before, index, after)` with flat positions in each group, in C order. */
function forEachPosition(
  { batch, before, index, after }: Case,
  visit: (b: number, p: number, i: number, q: number) => void,
): void {
  for (let b = 0; b < sizeOf(batch); b++)
    for (let p = 0; p < sizeOf(before); p++)
      for (let i = 0; i < sizeOf(index); i++)
        for (let q = 0; q < sizeOf(after); q++) visit(b, p, i, q);
}

/** Flat position in [batch, before, n, after]. */
const at = (c: Case, n: number, b: number, p: number, k: number, q: number): number =>
  ((b * sizeOf(c.before) + p) * n + k) * sizeOf(c.after) + q;

describe.each(engines)("gather in $name", (engine) => {
  it.each(dtypes)("takes %s slices at the given places, the nearer end outside", (dtype) => {
    const inputs = cases.chain((c) =>
      fc.record({
        c: fc.constant(c),
        x: operandOf(dtype, [...c.batch, ...c.before, c.length, ...c.after]),
        indices: fc
          .constantFrom("i32" as const, "u32" as const)
          .chain((d) => indicesOf(d, [...c.batch, ...c.index], c.length)),
      }),
    );
    fc.assert(
      fc.property(inputs, fc.boolean(), ({ c, x, indices }, backwards) => {
        const expected: number[] = [];
        forEachPosition(c, (b, p, i, q) => {
          const k = indices.values[b * sizeOf(c.index) + i] as number;
          const nearest = Math.min(Math.max(k, 0), c.length - 1);
          expected.push(x.values[at(c, c.length, b, p, nearest, q)] as number);
        });
        const shape = [...c.batch, ...c.before, ...c.index, ...c.after];
        const params = { batchDims: c.batch.length, axis: c.batch.length + c.before.length };
        const outputs = [{ dtype, shape }];
        const [out] = runLowering(engine, gatherLowering, [x, indices], outputs, params, backwards);
        expect(out).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it("takes rows and single elements over many chunks", () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 50);
    const x = {
      dtype: "f32",
      shape: [50, 3],
      values: Array.from({ length: 150 }, (_, i) => i),
    } as const;
    const indices = { dtype: "i32", shape: [20_000], values: rows } as const;
    for (const axis of [0, 1]) {
      const shape = axis === 0 ? [20_000, 3] : [50, 20_000];
      const outputs = [{ dtype: "f32" as const, shape }];
      const params = { batchDims: 0, axis };
      const [out] = runLowering(engine, gatherLowering, [x, indices], outputs, params, true);
      const expected =
        axis === 0
          ? rows.flatMap((k) => [3 * k, 3 * k + 1, 3 * k + 2])
          : Array.from({ length: 50 }, (_, r) => rows.map((k) => 3 * r + Math.min(k, 2))).flat();
      expect(out).toEqual(expected);
    }
  });

  it("gives zeros when there is nothing to take from", () => {
    const x = { dtype: "f32", shape: [0], values: [] } as const;
    const indices = { dtype: "i32", shape: [2], values: [0, 1] } as const;
    const outputs = [{ dtype: "f32" as const, shape: [2] }];
    const params = { batchDims: 0, axis: 0 };
    expect(runLowering(engine, gatherLowering, [x, indices], outputs, params)).toEqual([[0, 0]]);
  });
});

describe.each(engines)("scatterAdd in $name", (engine) => {
  it.each(["f32", "f64", "i32", "u32"] as const)(
    "adds %s slices in the order of the indices and drops those outside",
    (dtype) => {
      const inputs = cases.chain((c) =>
        fc.record({
          c: fc.constant(c),
          length: fc.constantFrom(c.length, 0),
          updates: operandOf(dtype, [...c.batch, ...c.before, ...c.index, ...c.after]),
          indices: fc
            .constantFrom("i32" as const, "u32" as const)
            .chain((d) => indicesOf(d, [...c.batch, ...c.index], c.length)),
        }),
      );
      fc.assert(
        fc.property(inputs, fc.boolean(), ({ c, length, updates, indices }, backwards) => {
          const shape = [...c.batch, ...c.before, length, ...c.after];
          const sums = new {
            f32: Float32Array,
            f64: Float64Array,
            i32: Int32Array,
            u32: Uint32Array,
          }[dtype](sizeOf(shape));
          let next = 0;
          forEachPosition(c, (b, p, i, q) => {
            const k = indices.values[b * sizeOf(c.index) + i] as number;
            const value = updates.values[next++] as number;
            if (k >= 0 && k < length) {
              const to = at(c, length, b, p, k, q);
              sums[to] = (sums[to] as number) + value;
            }
          });
          const params = {
            batchDims: c.batch.length,
            axis: c.batch.length + c.before.length,
            size: length,
          };
          const outputs = [{ dtype, shape }];
          const operands = [updates, indices];
          const [out] = runLowering(
            engine,
            scatterAddLowering,
            operands,
            outputs,
            params,
            backwards,
          );
          expect(out).toEqual([...sums]);
        }),
        { numRuns: 150 },
      );
    },
  );

  it("rounds in index order however the columns are shared out", () => {
    const count = 3000;
    const columns = 200;
    const values = Array.from({ length: count * columns }, (_, i) => 1 / (1 + (i % 977)));
    const rows = Array.from({ length: count }, (_, i) => (i * i) % 7);
    const expected = new Float32Array(7 * columns);
    values.forEach((value, i) => {
      const to = (rows[Math.floor(i / columns)] as number) * columns + (i % columns);
      expected[to] = (expected[to] as number) + Math.fround(value);
    });
    const updates = { dtype: "f32", shape: [count, columns], values } as const;
    const indices = { dtype: "u32", shape: [count], values: rows } as const;
    const outputs = [{ dtype: "f32" as const, shape: [7, columns] }];
    const params = { batchDims: 0, axis: 0, size: 7 };
    for (const backwards of [false, true]) {
      const operands = [updates, indices];
      const [out] = runLowering(engine, scatterAddLowering, operands, outputs, params, backwards);
      expect(out).toEqual([...expected]);
    }
  });

  it("clears a result that is far longer than the updates", () => {
    const updates = { dtype: "f64", shape: [2, 2], values: [1, 2, 3, 4] } as const;
    const indices = { dtype: "i32", shape: [2], values: [39_999, 7] } as const;
    const outputs = [{ dtype: "f64" as const, shape: [40_000, 2] }];
    const params = { batchDims: 0, axis: 0, size: 40_000 };
    const [out] = runLowering(engine, scatterAddLowering, [updates, indices], outputs, params);
    const expected = new Array<number>(80_000).fill(0);
    expected.splice(14, 2, 3, 4);
    expected.splice(79_998, 2, 1, 2);
    expect(out).toEqual(expected);
  });
});
