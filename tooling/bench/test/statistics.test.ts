import { describe, expect, test } from "vitest";
import { median } from "../src/statistics";

describe("median", () => {
  test("is the middle value whatever the order, compared as numbers", () => {
    expect(median([100, 9, 20])).toBe(20);
    expect(median([7])).toBe(7);
  });

  test("is the mean of the two middle values of an even number", () => {
    expect(median([4, 1, 10, 2])).toBe(3);
  });

  test("leaves its argument as it is", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test("refuses an empty sample", () => {
    expect(() => median([])).toThrow("median: expected at least one value; got none");
  });
});
