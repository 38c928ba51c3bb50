import fc from "fast-check";
import { describe, it } from "vitest";
import type { Tensor } from "../../src/index";
import * as m from "../../src/primitives/movement";
import { checkRules, forAll } from "../support/rules";
import { type Source, shapes } from "../support/views";

const one =
  (...operands: number[][]) =>
  (source: Source): Tensor[] =>
    operands.map((shape) => source.uniform(shape));

/** A shape and for each axis a value of its own. */
const withEach = <T>(each: (length: number) => fc.Arbitrary<T>) =>
  shapes().chain((shape) =>
    fc.tuple(fc.constant(shape), fc.tuple(...shape.map((d) => each(d))) as fc.Arbitrary<T[]>),
  );

/** Squares make second derivatives visible: movements alone are linear. */
const squared =
  (f: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor => {
    const y = f(x);
    return y.mul(y);
  };

describe("rules of movements", () => {
  it("broadcast: repeats along new axes and along axes of length 1", () => {
    const cases = withEach((d) =>
      fc.record({ d: fc.constant(d), one: fc.boolean(), grow: fc.integer({ min: 0, max: 2 }) }),
    );
    forAll(cases, ([shape, each], seed) => {
      const from = each.map(({ d, one: stretch }) => (stretch ? 1 : d));
      const to: number[] = [];
      const axes: number[] = [];
      each.forEach(({ grow }, i) => {
        if (grow > 0) to.push(grow);
        axes.push(to.length);
        to.push(shape[i] as number);
      });
      checkRules({ f: squared((x) => m.broadcastInDim(x, to, axes)), make: one(from) }, seed);
    });
  });

  it("reshape: keeps the order of elements, of any layout", () => {
    const cases = shapes(2).chain((shape) => {
      const other = [...shape].reverse();
      return fc
        .constantFrom([...shape, 1], other, [1, ...other], [shape.reduce((a, b) => a * b, 1)])
        .map((to) => [shape, to] as const);
    });
    forAll(cases, ([from, to], seed) =>
      checkRules({ f: squared((x) => m.reshape(x, to)), make: one(from) }, seed),
    );
  });

  it("transpose: follows any order of axes", () => {
    const cases = shapes(4, 3).chain((shape) =>
      fc
        .shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length })
        .map((order) => [shape, order] as const),
    );
    forAll(cases, ([shape, order], seed) =>
      checkRules({ f: squared((x) => m.transpose(x, order)), make: one(shape) }, seed),
    );
  });

  it("slice: takes every step-th element of a part", () => {
    const part = (d: number) =>
      fc.record({
        start: fc.integer({ min: 0, max: d }),
        step: fc.integer({ min: 1, max: 3 }),
        keep: fc.nat(4),
      });
    forAll(
      withEach(part),
      ([shape, parts], seed) => {
        const start = parts.map((p) => p.start);
        const steps = parts.map((p) => p.step);
        const to = parts.map(({ start: s, step, keep }, i) =>
          Math.min(keep, Math.ceil(((shape[i] as number) - s) / step)),
        );
        checkRules({ f: squared((x) => m.slice(x, start, to, steps)), make: one(shape) }, seed);
      },
      16,
    );
  });

  it("flip: reverses some axes", () => {
    forAll(
      withEach(() => fc.boolean()),
      ([shape, chosen], seed) => {
        const axes = chosen.flatMap((yes, i) => (yes ? [i] : []));
        checkRules({ f: squared((x) => m.flip(x, axes)), make: one(shape) }, seed);
      },
    );
  });

  it("concat: joins operands of different lengths, also empty ones", () => {
    const cases = fc.record({
      shape: shapes(3).filter((s) => s.length > 0),
      axis: fc.nat(),
      lengths: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
    });
    forAll(cases, ({ shape, axis, lengths }, seed) => {
      const along = axis % shape.length;
      const operands = lengths.map((n) => shape.map((d, i) => (i === along ? n : d)));
      const f = (...xs: Tensor[]): Tensor => {
        const y = m.concat(xs, along);
        return y.mul(y);
      };
      checkRules({ f, make: one(...operands) }, seed);
    });
  });

  it("pad: surrounds with a scalar that has a derivative and a batch of its own", () => {
    const cases = withEach(() => fc.tuple(fc.nat(2), fc.nat(2)));
    forAll(cases, ([shape, padding], seed) => {
      const f = (x: Tensor, value: Tensor): Tensor => {
        const y = m.pad(x, value, padding);
        return y.mul(y);
      };
      checkRules({ f, make: one(shape, []) }, seed);
    });
  });
});
