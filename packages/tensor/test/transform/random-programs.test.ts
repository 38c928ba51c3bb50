import fc from "fast-check";
import { describe, it } from "vitest";
import { isFloat } from "../../src/dtype";
import type { Tensor } from "../../src/index";
import * as x from "../../src/index";
import { assertClose } from "../../src/testing";
import { Source } from "../support/views";

/** One step: which operation, on which earlier values. */
type Step = readonly [op: number, a: number, b: number, n: number];

/** Largest number of elements: broadcasting must not grow without end. */
const LIMIT = 60_000;

const axisOf = (t: Tensor, n: number): number => n % Math.max(1, t.rank);
/** A float that stays small, so that long programs do not overflow. */
const tame = (t: Tensor): Tensor => (isFloat(t.dtype) ? x.tanh(t) : t.cast("f64").tanh());

/** Operations of all kinds; one that does not fit its operands throws, and the step is left out. */
const operations: readonly ((a: Tensor, b: Tensor, n: number) => Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => tame(a).sub(tame(b)),
  (a, b) => tame(a).mul(tame(b)),
  (a, b) => a.div(tame(b).square().add(1)),
  (a, b) => a.maximum(b),
  (a) => tame(a).exp(),
  (a) => x.sin(a),
  (a) => x.softplus(tame(a)),
  (a) => tame(a).mul(3).round().cast("i32"),
  (a, _, n) => a.cast((["f32", "f64", "bool"] as const)[n % 3] as x.DType),
  (a, b) => x.where(a.greater(0.3), tame(a), tame(b)),
  (a, b) => a.less(b),
  (a, _, n) => a.sum(axisOf(a, n)),
  (a, _, n) => tame(a).mean(axisOf(a, n), { keepDims: true }),
  (a, _, n) => a.max(axisOf(a, n)),
  (a) => tame(a).sum(),
  (a, _, n) => x.softmax(tame(a), axisOf(a, n)),
  (a, _, n) => x.logSumExp(a, axisOf(a, n), { keepDims: true }),
  (a, _, n) => x.argmax(a, axisOf(a, n)),
  (a) => a.ravel(),
  (a) => a.T,
  (a, _, n) => a.expandDims(n % (a.rank + 1)),
  (a, _, n) => a.at("...", x.range(n % 2, undefined, 1 + (n % 3))),
  (a, _, n) => a.flip(axisOf(a, n)),
  (a, _, n) => a.roll(n, axisOf(a, n)),
  (a, _, n) => a.pad(n % 2, { value: 1 }),
  (a, b, n) => x.concat([a, b], axisOf(a, n)),
  (a, _, n) => a.broadcastTo([1 + (n % 3), ...a.shape]),
  (a, b) => tame(a).matmul(tame(b)),
  (a) => tame(a).matmul(tame(a).T),
  (a, _, n) => tame(a).cumsum(axisOf(a, n)),
  (a, _, n) => a.sort(axisOf(a, n)),
  (a, b, n) => a.take(b.cast("i32"), axisOf(a, n)),
  (a, b) => x.scatterAdd(tame(a), b.cast("i32"), 3),
  (a, b) => x.einsum("...i,...i->...i", tame(a), tame(b)),
];

/** Runs a program on its inputs; the last values are the result. */
function run(steps: readonly Step[], inputs: readonly Tensor[]): Tensor[] {
  const values = [...inputs];
  for (const [op, a, b, n] of steps) {
    const pick = (i: number): Tensor => values[i % values.length] as Tensor;
    const f = operations[op % operations.length] as (typeof operations)[number];
    try {
      const y = f(pick(a), pick(b), n);
      if (y.size <= LIMIT) values.push(y);
    } catch (error) {
      // Shapes or dtypes that do not fit are no program; anything else is a defect.
      if (!(error instanceof x.ShapeError || error instanceof x.ArgumentError)) throw error;
    }
  }
  return values.slice(-4);
}

const programs = (length: fc.Arbitrary<number>) =>
  fc.record({
    steps: fc.array(fc.tuple(fc.nat(operations.length - 1), fc.nat(30), fc.nat(30), fc.nat(5)), {
      minLength: 3,
      maxLength: 14,
    }),
    shapes: fc.array(fc.array(length, { maxLength: 3 }), { minLength: 2, maxLength: 3 }),
    seed: fc.nat(1e6),
  });

/** Lengths so small that every boundary is met, and so large that work is cut into chunks. */
const small = fc.integer({ min: 1, max: 4 });
const large = fc.constantFrom(1, 3, 32, 33, 130);

const inputsOf = (shapes: readonly number[][], seed: number): Tensor[] => {
  const source = new Source(seed);
  return shapes.map((shape) => source.uniform(shape));
};

/** Fused loops keep f64 inside where single steps round to f32: a few of its units, and sums of them. */
const tolerance = { relative: 1e-4, absolute: 1e-5 };

/** Rounding may tip an element over a threshold: results of comparisons and orders are not compared. */
const smooth = (ys: readonly Tensor[]): Tensor[] => ys.filter((y) => y.dtype === "f64");

/** Steps that jump where their operand moves a little. */
const jumps = new Set([8, 9, 10, 11, 18, 32, 33]);

describe("random programs", () => {
  it.each([
    ["small", small, 150],
    ["large", large, 25],
  ] as const)("on %s tensors compute the same compiled as step by step", (_, length, numRuns) => {
    fc.assert(
      fc.property(programs(length), ({ steps, shapes, seed }) => {
        const inputs = inputsOf(shapes, seed);
        const eager = run(steps, inputs);
        const compiled = x.jit((...xs: Tensor[]) => run(steps, xs))(...inputs);
        const exact = steps.every(([op]) => op !== 9);
        assertClose(smooth(compiled), smooth(eager), exact ? {} : tolerance);
      }),
      { numRuns },
    );
  });

  it("compute the same batched, compiled or not, as one by one", () => {
    fc.assert(
      fc.property(programs(small), ({ steps, shapes, seed }) => {
        const examples = [0, 1, 2].map((i) => inputsOf(shapes, seed + i));
        const columns = shapes.map((_, i) => x.stack(examples.map((e) => e[i] as Tensor)));
        const f = (...xs: Tensor[]): Tensor[] => run(steps, xs);
        const loops = examples.map((e) => f(...e));
        const expected = (loops[0] as Tensor[]).map((_, i) =>
          x.stack(loops.map((ys) => ys[i] as Tensor)),
        );
        const options = steps.every(([op]) => op !== 9) ? { relative: 1e-9 } : tolerance;
        assertClose(smooth(x.vmap(f)(...columns)), smooth(expected), options);
        assertClose(smooth(x.jit(x.vmap(f))(...columns)), smooth(expected), options);
      }),
      { numRuns: 80 },
    );
  });

  it("have the same gradients compiled as step by step", () => {
    fc.assert(
      fc.property(programs(small), ({ steps, shapes, seed }) => {
        const inputs = inputsOf(shapes, seed);
        const kept = steps.filter(([op]) => !jumps.has(op % operations.length));
        const loss = (xs: Tensor[]): Tensor =>
          smooth(run(kept, xs)).reduce((sum, y) => sum.add(y.sum()), x.tensor(0, { dtype: "f64" }));
        const eager = x.grad(loss)(inputs);
        assertClose(x.jit(x.grad(loss))(inputs), eager, { relative: 1e-8, absolute: 1e-9 });
        const [, tangent] = x.jvp(loss, [inputs], [inputs as never]);
        const product = eager.reduce(
          (sum, g, i) =>
            sum +
            g
              .mul(inputs[i] as Tensor)
              .sum()
              .item(),
          0,
        );
        assertClose(tangent, product, { relative: 1e-8, absolute: 1e-8 });
      }),
      { numRuns: 80 },
    );
  });
});
