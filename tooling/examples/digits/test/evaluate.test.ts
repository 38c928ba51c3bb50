import { describe, expect, it } from "vitest";
import { evaluate } from "../src/evaluate";

/** Log-probabilities of an answer that is `sure`, the rest spread over the others. */
const row = (answer: number, sure: number): number[] =>
  Array.from({ length: 10 }, (_, d) => Math.log(d === answer ? sure : (1 - sure) / 9));

describe("evaluate", () => {
  it("counts answers by true digit and lists mistakes, surest first", () => {
    const logP = [...row(3, 0.9), ...row(1, 0.6), ...row(7, 0.8), ...row(3, 0.5)];
    const result = evaluate(logP, new Uint8Array([3, 7, 2, 3]));
    expect(result.accuracy).toBe(0.5);
    expect(result.mistakes.map(({ index, truth, answer }) => [index, truth, answer])).toEqual([
      [2, 2, 7],
      [1, 7, 1],
    ]);
    expect(result.mistakes[0]?.probability).toBeCloseTo(0.8, 12);
    expect(result.confusion[3]?.[3]).toBe(2);
    expect(result.confusion[7]?.[1]).toBe(1);
    expect(result.confusion.flat().reduce((a, b) => a + b)).toBe(4);
    const loss = -(Math.log(0.9) + Math.log(0.4 / 9) + Math.log(0.2 / 9) + Math.log(0.5)) / 4;
    expect(result.loss).toBeCloseTo(loss, 12);
  });

  it("counts a network that answers NaN as answering 0", () => {
    const result = evaluate(new Array<number>(10).fill(Number.NaN), new Uint8Array([4]));
    expect(result.confusion[4]?.[0]).toBe(1);
    expect(result.accuracy).toBe(0);
  });
});
