import {
  ArgumentError,
  grad,
  jit,
  random,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { adam } from "../../src/baselines/adam";
import { sgd } from "../../src/baselines/sgd";
import { applyUpdates } from "../../src/core/apply-updates";
import { chain } from "../../src/core/chain";
import { describe as describeOptimizer } from "../../src/core/describe";
import { coordCheck } from "../../src/mup/coord-check";
import { type DrawnBy, muP } from "../../src/mup/mup";
import type { GradientTransformation } from "../../src/types";

const shapes = (n: number) => ({
  embedding: zeros([n, 50]),
  hidden: { w: zeros([n, n]), b: zeros([n]), conv: zeros([2 * n, n, 3, 3]) },
  output: { w: zeros([10, n]), b: zeros([10]) },
  scale: tensor(1),
});

describe("muP", () => {
  it("gives each leaf the factors of its role", () => {
    const found = muP({ baseShapes: shapes(64) }).multipliers(shapes(256));
    const same = { initStd: 1, lrMultSgd: 1, lrMultAdam: 1, forwardMult: 1, wdMult: 1 };
    const hidden = { ...same, role: "hidden", initStd: 0.5, lrMultAdam: 0.25, wdMult: 4 };
    expect(Object.fromEntries(found)).toEqual({
      embedding: { ...same, role: "input", lrMultSgd: 4 },
      "hidden.w": hidden,
      "hidden.conv": hidden,
      "hidden.b": { ...same, role: "input", lrMultSgd: 4 },
      "output.w": { ...same, role: "output", lrMultSgd: 4, forwardMult: 0.25 },
      "output.b": { ...same, role: "fixed" },
      scale: { ...same, role: "fixed" },
    });
  });

  it("leaves a model of the base width as it is", () => {
    const p = muP({ baseShapes: shapes(32) });
    for (const { role, ...factors } of p.multipliers(shapes(32)).values()) {
      expect(role).toBe("fixed");
      expect(Object.values(factors)).toEqual([1, 1, 1, 1, 1]);
    }
  });

  it("takes rectangular growth, dims and roles into account", () => {
    const p = muP({
      baseShapes: { w: zeros([4, 8]), table: zeros([100, 8]), v: zeros([4]) },
      dims: { table: { in: 0, out: 1 } },
      role: (path) => (path[0] === "v" ? "fixed" : undefined),
    });
    const found = p.multipliers({ w: zeros([12, 16]), table: zeros([100, 16]), v: zeros([12]) });
    expect(found.get("w")).toMatchObject({ role: "hidden", lrMultSgd: 3 / 2, lrMultAdam: 1 / 2 });
    expect(found.get("table")).toMatchObject({ role: "input", lrMultSgd: 2 });
    expect(found.get("v")).toMatchObject({ role: "fixed", lrMultSgd: 1 });
  });

  it("scales initial weights and the steps of an optimiser", () => {
    const base = { w: zeros([2, 2]), out: zeros([1, 2]) };
    const p = muP({ baseShapes: base });
    const params = {
      w: random.normal(random.key(1), [8, 8]),
      out: random.normal(random.key(2), [1, 8]),
    };
    assertClose(p.scaleInit(params, { drawn: "base" }), { w: params.w.div(2), out: params.out });
    const step = (t: GradientTransformation): typeof params =>
      t.update(params, t.init(params), params).updates;
    const plain = step(adam(0.1));
    const scaled = step(chain(adam(0.1), p.scaleUpdates("adam")));
    assertClose(scaled, { w: plain.w.div(4), out: plain.out });
    const descent = chain(sgd(1), p.scaleUpdates("sgd"));
    assertClose(step(descent), { w: params.w.neg(), out: params.out.mul(-4) });
    assertClose(jit(() => step(descent))(), step(descent));
    expect(describeOptimizer(descent, params).leaves.map(({ method }) => method)).toEqual([
      "sgd, output, lr × 4.00",
      "sgd, hidden, lr × 1.00",
    ]);
  });

  it("begins with the deviations of table 8, however the weights were drawn", () => {
    const base = {
      input: zeros([16, 3]),
      hidden: zeros([16, 16]),
      bias: zeros([16]),
      out: zeros([2, 16]),
    };
    const wide = (seed: number) => {
      const draw = (...shape: number[]) => random.normal(random.key(seed), shape, { dtype: "f64" });
      return { input: draw(64, 3), hidden: draw(64, 64), bias: draw(64), out: draw(2, 64) };
    };
    // Deviations of a weight by its fan-in here and in the base model; init.muP draws outputs as in table 3.
    const draws = {
      base: { input: 3 ** -0.5, hidden: 16 ** -0.5, bias: 1, out: 16 ** -0.5 },
      fanIn: { input: 3 ** -0.5, hidden: 64 ** -0.5, bias: 1, out: 64 ** -0.5 },
      muP: { input: 3 ** -0.5, hidden: 64 ** -0.5, bias: 1, out: 16 ** 0.5 / 64 },
    };
    // Table 8, with 1/64 · 16 in the forward pass: hidden variance 1 / fan-in, output that of the base.
    const expected = { input: 3 ** -0.5, hidden: 64 ** -0.5, bias: 1, out: 16 ** -0.5 };
    const times = (by: typeof expected) => {
      const { input, hidden, bias, out } = wide(5);
      return {
        input: input.mul(by.input),
        hidden: hidden.mul(by.hidden),
        bias: bias.mul(by.bias),
        out: out.mul(by.out),
      };
    };
    const p = muP({ baseShapes: base });
    for (const [drawn, deviations] of Object.entries(draws)) {
      assertClose(p.scaleInit(times(deviations), { drawn: drawn as DrawnBy }), times(expected));
    }
    const forgotten = p.scaleInit as unknown as (params: object, options?: object) => unknown;
    expect(() => forgotten(wide(1))).toThrow(
      "muP: expected scaleInit(params, { drawn }) with drawn base, fanIn, muP; got undefined",
    );
    expect(() => forgotten(wide(1), { drawn: "lecun" })).toThrow(ArgumentError);
  });

  it("makes Adam and SGD move features alike at all widths, which fixed rates do not", () => {
    for (const optimizer of ["adam", "sgd"] as const) {
      const slope = (scaled: boolean): number =>
        coordCheck({
          widths: [32, 256],
          seeds: 2,
          model: (width, seed) => mlp(width, seed, optimizer, scaled),
        }).slopes["z2"] as number;
      expect(Math.abs(slope(true))).toBeLessThan(0.15);
      expect(slope(false)).toBeGreaterThan(0.3);
    }
  });

  it("refuses leaves without a base, of other rank, or growing in too many axes", () => {
    const p = muP({ baseShapes: { w: zeros([2, 2]), t: zeros([2, 2, 2]) } });
    expect(() => p.multipliers({ w: zeros([4, 4]), other: zeros([2]) })).toThrow(ArgumentError);
    expect(() => p.multipliers({ other: zeros([2]) })).toThrow(
      "muP: expected a base shape for every parameter; other has none; add it to baseShapes",
    );
    expect(() => p.multipliers({ t: zeros([4, 4, 4]) })).toThrow(ShapeError);
    expect(() => p.multipliers({ t: zeros([4, 4, 4]) })).toThrow("in t these grow: 0, 1, 2");
    expect(() => p.multipliers({ w: zeros([4]) })).toThrow("as many axes as in the base shape");
    expect(() => p.scaleUpdates("adam").init({ x: zeros([2]) })).toThrow("x has none");
  });
});

/** 16 → width → width → 1, tanh, trained with or without the factors of muP for a base width of 32. */
function mlp(width: number, seed: number, optimizer: "adam" | "sgd", scaled: boolean) {
  const f64 = { dtype: "f64" } as const;
  const init = (n: number): Tensor[] => {
    const keys = random.split(random.key(seed), 3);
    return [
      [n, 16],
      [n, n],
      [1, n],
    ].map(([out, fanIn], l) =>
      // Standard deviations of the base model; what is scaled is scaled by muP.
      random.normal(keys[l] as Tensor, [out as number, fanIn as number], {
        ...f64,
        std: scaled
          ? ([1 / 4, 1 / Math.sqrt(32), 1 / Math.sqrt(32)][l] as number)
          : 1 / Math.sqrt(fanIn as number),
      }),
    );
  };
  const p = muP({ baseShapes: init(32) });
  let params = scaled ? p.scaleInit(init(width), { drawn: "base" }) : init(width);
  const forwardMult = scaled ? (p.multipliers(params).get("2")?.forwardMult as number) : 1;
  const x = random.normal(random.key(100 + seed), [32, 16], f64);
  const y = random.normal(random.key(200 + seed), [32, 1], f64);
  const hidden = (ws: Tensor[]): Tensor =>
    x
      .matmul((ws[0] as Tensor).T)
      .tanh()
      .matmul((ws[1] as Tensor).T);
  const loss = (ws: Tensor[]): Tensor =>
    hidden(ws)
      .tanh()
      .matmul((ws[2] as Tensor).T)
      .mul(forwardMult)
      .sub(y)
      .square()
      .mean();
  const base: GradientTransformation = optimizer === "adam" ? adam(0.01) : sgd(0.1);
  const t = scaled ? chain(base, p.scaleUpdates(optimizer)) : base;
  let state = t.init(params);
  const step = jit((ws: Tensor[], s: typeof state) => {
    const { updates, state: next } = t.update(grad(loss)(ws), s, ws);
    return { params: applyUpdates(ws, updates), state: next };
  });
  return {
    activations: () => ({ z2: hidden(params) }),
    step: () => {
      ({ params, state } = step(params, state));
    },
  };
}
