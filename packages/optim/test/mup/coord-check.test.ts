import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { type AbcName, abcParametrization } from "../../src/mup/classify-abc";
import { type CoordCheckResult, coordCheck } from "../../src/mup/coord-check";
import { abcNetwork } from "./abc-network";

const check = (name: AbcName, widths = [16, 64, 256], seeds = 3): CoordCheckResult =>
  coordCheck({
    widths,
    seeds,
    model: (width, seed) => abcNetwork(abcParametrization(name, 2), width, seed),
  });
const changes = ({ rows }: CoordCheckResult): number[] =>
  rows.filter((row) => row.name === "z2" && row.step === 5).map(({ change }) => change);

describe("coordCheck", () => {
  it("sees features move alike at all widths in muP", () => {
    const result = check("muP");
    const [a, b, c] = changes(result) as [number, number, number];
    expect(Math.max(a, b, c) / Math.min(a, b, c)).toBeLessThan(1.4);
    expect(Math.abs(result.slopes["z2"] as number)).toBeLessThan(0.1);
  });

  it("sees features stand still as width^(−½) in the kernel parametrisation", () => {
    const slope = check("ntk").slopes["z2"] as number;
    expect(slope).toBeGreaterThan(-0.65);
    expect(slope).toBeLessThan(-0.35);
  });

  it("sees the standard parametrisation blow up", () => {
    const [narrow, wide] = changes(check("standard", [64, 512], 1)) as [number, number];
    expect(wide).toBeGreaterThan(20 * narrow);
  });

  it("measures sizes and changes from the beginning, over all seeds", () => {
    const { rows, slopes } = coordCheck({
      widths: [10, 100],
      steps: 2,
      seeds: 2,
      model: (width, seed) => {
        let t = 0;
        return {
          activations: () => ({ h: tensor([seed === 0 ? 3 : 4, 0]).add(t * width) }),
          step: () => {
            t++;
          },
        };
      },
    });
    // Roots of (9 + 0 + 16 + 0)/4, and of the squares of t · width.
    expect(rows[0]).toEqual({ name: "h", width: 10, step: 0, rms: 2.5, change: 0 });
    expect(rows.map(({ change }) => change)).toEqual([0, 10, 20, 0, 100, 200]);
    expect(slopes["h"]).toBeCloseTo(1, 12);
  });

  it("draws change against width as plain data", () => {
    const model = (width: number) => {
      let t = 0;
      return {
        activations: (): Record<string, Tensor> => ({ h: tensor([t]) }),
        step: () => {
          t += width;
        },
      };
    };
    const spec = coordCheck({ widths: [1, 2], model, steps: 1 }).plot();
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(spec["data"]).toEqual({
      values: [
        { name: "h", width: 1, step: 1, rms: 1, change: 1 },
        { name: "h", width: 2, step: 1, rms: 2, change: 2 },
      ],
    });
  });

  it("refuses a single width, and activations that are not always there", () => {
    const model = (width: number) => ({
      activations: (): Record<string, Tensor> => ({ [`h${width}`]: tensor([1]) }),
      step: () => {},
    });
    expect(() => coordCheck({ widths: [8], model })).toThrow(ArgumentError);
    expect(() => coordCheck({ widths: [8, 16], model })).toThrow(
      "coordCheck: expected the same activations for every width; h8 is there for 8 only",
    );
    expect(() => coordCheck({ widths: [8, 16], model, steps: 0 })).toThrow("expected steps");
  });
});
