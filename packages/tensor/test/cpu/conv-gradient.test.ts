import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convLowering } from "../../src/cpu/lower/conv";
import type { ConvParams } from "../../src/primitives/conv";
import { sizeOf } from "../../src/shape";
import { convShape, eachProduct } from "./conv-reference";
import { type Engine, engines, type Operand, runLowering } from "./run-lowering";

const dilated = (n: number, by: number): number => (n === 0 ? 0 : (n - 1) * by + 1);

/** Small whole numbers without a pattern: sums of their products are exact. */
const scattered = (shape: readonly number[], seed: number): number[] =>
  Array.from({ length: sizeOf(shape) }, (_, i) => ((i * i * 7 + i * 13 + seed) % 9) - 4);

/** A permutation and flips of the axes of C-ordered values, as an operand that is a view of the original memory. */
function viewOf(
  shape: readonly number[],
  values: readonly number[],
  order: readonly number[],
  flipped: readonly boolean[],
): Operand {
  const turned = order.map((axis) => shape[axis] as number);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const result: number[] = [];
  const visit = (level: number, at: number): void => {
    if (level === order.length) {
      result.push(values[at] as number);
      return;
    }
    const axis = order[level] as number;
    const length = turned[level] as number;
    for (let i = 0; i < length; i++)
      visit(level + 1, at + (flipped[level] ? length - 1 - i : i) * (strides[axis] as number));
  };
  visit(0, 0);
  // The place of original axis a in the view, for every a: the memory is in the original's order.
  const places = shape.map((_, axis) => order.indexOf(axis));
  return {
    dtype: "f64",
    shape: turned,
    values: result,
    order: places,
    steps: flipped.map((f) => (f ? -1 : 1)),
  };
}

const axis = fc.record({
  input: fc.integer({ min: 1, max: 8 }),
  window: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  before: fc.integer({ min: -1, max: 3 }),
  after: fc.integer({ min: -1, max: 3 }),
  lhs: fc.integer({ min: 1, max: 3 }),
  rhs: fc.integer({ min: 1, max: 2 }),
});

interface Case {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly params: ConvParams;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 9 }),
    groups: fc.constantFrom(1, 1, 2, 5),
  })
  .map(({ axes, batch, channels, outputs, groups }) => ({
    x: [batch, channels * groups, ...axes.map((a) => a.input)],
    w: [outputs * groups, channels, ...axes.map((a) => a.window)],
    params: {
      strides: axes.map((a) => a.stride),
      padding: axes.map((a): [number, number] => [a.before, a.after]),
      lhsDilation: axes.map((a) => a.lhs),
      rhsDilation: axes.map((a) => a.rhs),
      groups,
      batchGroups: 1,
    },
  }))
  .filter(({ x, w, params }) => sizeOf(convShape(x, w, params)) > 0);

const run = (engine: Engine, x: Operand, w: Operand, params: ConvParams): number[] => {
  const outputs = [{ dtype: "f64", shape: convShape(x.shape, w.shape, params) }] as const;
  const [out] = runLowering(engine, convLowering, [x, w], outputs, params);
  return (out as number[]).map((v) => v + 0);
};

describe.each(engines)("conv in $name", (engine) => {
  it("gives the input's gradient as a convolution of the output's with the flipped kernel", () => {
    fc.assert(
      fc.property(cases, ({ x, w, params: p }) => {
        const out = convShape(x, w, p);
        const [ct, weights] = [scattered(out, 1), scattered(w, 2)];
        const expected = new Array<number>(sizeOf(x)).fill(0);
        eachProduct(x, w, p, (o, i, k) => {
          expected[i] = (expected[i] as number) + (ct[o] as number) * (weights[k] as number);
        });
        // w as [groups, outputs, channels, …] with the two middle axes exchanged and the window flipped.
        const [o, c, ...window] = w as [number, number, ...number[]];
        const split = [p.groups, o / p.groups, c, ...window];
        const kernel = viewOf(
          split,
          weights,
          [0, 2, 1, ...window.map((_, i) => i + 3)],
          [false, false, false, ...window.map(() => true)],
        );
        const padding = window.map((k, i): [number, number] => {
          const wide = dilated(k, p.rhsDilation[i] as number);
          const before = wide - (p.padding[i] as readonly [number, number])[0] - 1;
          const full = dilated(x[i + 2] as number, p.lhsDilation[i] as number);
          const reach = dilated(out[i + 2] as number, p.strides[i] as number);
          return [before, full + wide - 1 - reach - before];
        });
        const joined =
          p.groups === 1
            ? {
                ...kernel,
                shape: kernel.shape.slice(1),
                order: kernel.order?.slice(1).map((a) => a - 1),
                steps: kernel.steps?.slice(1),
              }
            : {
                dtype: kernel.dtype,
                shape: [c * p.groups, ...kernel.shape.slice(2)],
                values: kernel.values,
              };
        const gradient = run(engine, { dtype: "f64", shape: out, values: ct }, joined, {
          ...p,
          strides: p.lhsDilation,
          lhsDilation: p.strides,
          padding,
        });
        expect(gradient).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the kernel's gradient as a convolution of the input with the output's gradient", () => {
    fc.assert(
      fc.property(cases, ({ x, w, params: p }) => {
        const out = convShape(x, w, p);
        const [ct, input] = [scattered(out, 1), scattered(x, 2)];
        const expected = new Array<number>(sizeOf(w)).fill(0);
        eachProduct(x, w, p, (o, i, k) => {
          expected[k] = (expected[k] as number) + (ct[o] as number) * (input[i] as number);
        });
        const swapped = (shape: readonly number[], values: readonly number[]): Operand =>
          viewOf(
            shape,
            values,
            [1, 0, ...shape.slice(2).map((_, i) => i + 2)],
            shape.map(() => false),
          );
        const padding = p.padding.map(([before], i): [number, number] => {
          const full = dilated(x[i + 2] as number, p.lhsDilation[i] as number);
          const reach = dilated(out[i + 2] as number, p.strides[i] as number);
          const wide = dilated(w[i + 2] as number, p.rhsDilation[i] as number);
          return [before, wide + reach - 1 - full - before];
        });
        const gradient = run(engine, swapped(x, input), swapped(out, ct), {
          strides: p.rhsDilation,
          padding,
          lhsDilation: p.lhsDilation,
          rhsDilation: p.strides,
          groups: 1,
          batchGroups: p.groups,
        });
        const [o, c] = w as [number, number];
        const turned = viewOf(
          [c, o, ...w.slice(2)],
          gradient,
          [1, 0, ...w.slice(2).map((_, i) => i + 2)],
          w.map(() => false),
        );
        expect(turned.values).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
