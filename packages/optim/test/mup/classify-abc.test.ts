import { ArgumentError } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import {
  type AbcParametrization,
  abcParametrization,
  classifyAbc,
} from "../../src/mup/classify-abc";
import { abcNetwork } from "./abc-network";

describe("classifyAbc", () => {
  it("knows the standard, the kernel and the maximal-update parametrisation, at any depth from two on", () => {
    for (const depth of [2, 3, 5]) {
      const kernel = {
        r: 0.5,
        stable: true,
        nontrivial: true,
        featureLearning: false,
        kernel: true,
      };
      expect(classifyAbc(abcParametrization("standard", depth))).toMatchObject({
        r: -1,
        stable: false,
        nontrivial: false,
      });
      expect(classifyAbc(abcParametrization("ntk", depth))).toEqual(kernel);
      expect(classifyAbc(abcParametrization("muP", depth))).toEqual({
        ...kernel,
        r: 0,
        featureLearning: true,
        kernel: false,
      });
      // Dividing the rate by the width makes the standard one stable, as a kernel.
      expect(classifyAbc({ ...abcParametrization("standard", depth), c: 1 })).toEqual(kernel);
    }
  });

  it("finds a stable network that stands still trivial", () => {
    const { a, b } = abcParametrization("ntk", 2);
    const slow = classifyAbc({ a, b, c: 0.5 });
    expect(slow).toMatchObject({ stable: true, nontrivial: false, kernel: false });
  });

  it("does not change under (a + θ, b − θ, c − 2θ)", () => {
    for (const name of ["standard", "ntk", "muP"] as const) {
      const before = classifyAbc(abcParametrization(name, 3));
      const after = classifyAbc(shifted(abcParametrization(name, 3), 0.3));
      expect({ ...after, r: 0 }).toEqual({ ...before, r: 0 });
      expect(after.r).toBeCloseTo(before.r, 12);
    }
  });

  it("speaks of training: two parametrisations that differ by θ train the same functions", () => {
    const abc = abcParametrization("muP", 2);
    const [one, two] = [abcNetwork(abc, 32, 1), abcNetwork(shifted(abc, 0.25), 32, 1)];
    for (let i = 0; i < 5; i++) {
      one.step();
      two.step();
    }
    assertClose(two.activations()["output"], one.activations()["output"]?.toArray(), {
      absolute: 1e-10,
    });
  });

  it("refuses lists of different lengths, and unknown names", () => {
    expect(() => classifyAbc({ a: [0, 0], b: [0], c: 0 })).toThrow(ArgumentError);
    expect(() => classifyAbc({ a: [0], b: [0], c: 0 })).toThrow(
      "classifyAbc: expected finite a and b of one length L + 1 ≥ 2; got a = [0], b = [0], c = 0",
    );
    expect(() => abcParametrization("mup" as "muP", 2)).toThrow("expected standard, ntk, muP");
    expect(() => abcParametrization("muP", 0)).toThrow("expected hiddenLayers, an integer ≥ 1");
  });
});

const shifted = ({ a, b, c }: AbcParametrization, theta: number): AbcParametrization => ({
  a: a.map((x) => x + theta),
  b: b.map((x) => x - theta),
  c: c - 2 * theta,
});
