import { ArgumentError, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { scaleBySamples } from "../src/scale-by-samples";

describe("scaleBySamples", () => {
  it("asks for the rate at the number of examples before the step", () => {
    const asked: number[] = [];
    const t = scaleBySamples((samples) => {
      asked.push(samples);
      return 1 / (1 + samples);
    });
    const g = tensor([2], { dtype: "f64" });
    let state = t.init(g);
    const moves = [8, 8, 100].map((batchSize) => {
      const result = t.update(g, state, g, { batchSize });
      state = result.state;
      return result.updates.item();
    });
    expect(asked).toEqual([0, 8, 16]);
    expect(moves[1]).toBeCloseTo(-2 / 9, 14);
    expect(state.samples.item()).toBe(116);
  });

  it("refuses updates that do not say how many examples there were", () => {
    const t = scaleBySamples(0.1);
    const g = tensor([2]);
    expect(() => t.update(g, t.init(g), g)).toThrow(ArgumentError);
    expect(() => t.update(g, t.init(g), g)).toThrow("expected { batchSize }");
  });
});
