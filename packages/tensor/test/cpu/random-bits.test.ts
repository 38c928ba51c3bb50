import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomBitsLowering } from "../../src/cpu/lower/random-bits";
import { threefry2x32 } from "../../src/internal/threefry";
import { sizeOf } from "../../src/shape";
import { type Engine, engines, type Operand, operandOf, runLowering } from "./run-lowering";

function bits(engine: Engine, keys: Operand, count: number, backwards = false): number[] {
  const outputs = [{ dtype: "u32" as const, shape: [...keys.shape.slice(0, -1), count] }];
  return runLowering(engine, randomBitsLowering, [keys], outputs, { count }, backwards).flat();
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe.each(engines)("randomBits in $name", (engine) => {
  it("gives the published block of the zero key and counter first", () => {
    const key = { dtype: "u32", shape: [2], values: [0, 0] } as const;
    expect(bits(engine, key, 2)).toEqual([0x6b200159, 0x99ba4efe]);
  });

  it("gives words 2i and 2i + 1 from the block of counter i, for any keys and strides", () => {
    const cases = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((batch) => {
      const length = 2 * sizeOf(batch);
      const values = fc.array(word, { minLength: length, maxLength: length });
      return operandOf("u32", [...batch, 2], values);
    });
    fc.assert(
      fc.property(
        cases,
        fc.integer({ min: 0, max: 35 }),
        fc.boolean(),
        (keys, count, backwards) => {
          const expected = Array.from({ length: keys.values.length / 2 }, (_, r) => {
            const [a, b] = [keys.values[2 * r] as number, keys.values[2 * r + 1] as number];
            return Array.from({ length: count }, (_, j) => threefry2x32(a, b, j >> 1, 0)[j & 1]);
          });
          expect(bits(engine, keys, count, backwards)).toEqual(expected.flat());
        },
      ),
    );
  });

  it("gives the same words however many are asked for, over many chunks", () => {
    const keys = { dtype: "u32", shape: [2, 2], values: [1, 2, 3, 4] } as const;
    const count = 150_001;
    const many = bits(engine, keys, count, true);
    expect(many.slice(0, 77)).toEqual(bits(engine, keys, 77).slice(0, 77));
    for (const j of [0, 77_777, count - 1]) {
      expect(many[j]).toBe(threefry2x32(1, 2, j >> 1, 0)[j & 1]);
      expect(many[count + j]).toBe(threefry2x32(3, 4, j >> 1, 0)[j & 1]);
    }
  });

  it("gives each of many keys its own few words", () => {
    const values = Array.from({ length: 20_000 }, (_, i) => i * 7);
    const words = bits(engine, { dtype: "u32", shape: [10_000, 2], values }, 3, true);
    for (const r of [0, 5_000, 9_999]) {
      const [a, b] = threefry2x32(14 * r, 14 * r + 7, 0, 0);
      const [c] = threefry2x32(14 * r, 14 * r + 7, 1, 0);
      expect(words.slice(3 * r, 3 * r + 3)).toEqual([a, b, c]);
    }
  });
});
