import { concat, grad, jit, type Tensor, tensor, vmap, where } from "@x/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** One operation of a random program: which earlier values it reads, and a number that settles the details. */
interface Step {
  readonly kind: number;
  readonly left: number;
  readonly right: number;
  readonly detail: number;
}

const stepOf: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat(15),
  left: fc.nat(30),
  right: fc.nat(30),
  detail: fc.nat(5),
});

/** Any matrix as a 3 × 4 one, so that operations always fit. */
function fit(x: Tensor): Tensor {
  if (x.shape.length === 2 && x.shape[0] === 4 && x.shape[1] === 3) return x.T;
  return x.shape.length === 2 && x.shape[0] === 3 && x.shape[1] === 4
    ? x
    : x.sum().mul(0.1).broadcastTo([3, 4]);
}

function apply({ kind, detail }: Step, x: Tensor, y: Tensor): Tensor {
  const a = fit(x);
  const b = fit(y);
  switch (kind) {
    case 0:
      return a.add(b);
    case 1:
      return a.mul(b).tanh();
    case 2:
      return a.sub(b.mul(0.5));
    case 3:
      return a.tanh();
    case 4:
      return where(a.greater(b), a, b.mul(0.3));
    case 5:
      return a.T;
    case 6:
      return a.flip(detail % 2);
    case 7:
      return a
        .sum(detail % 2, { keepDims: true })
        .mul(0.2)
        .add(b);
    case 8:
      return a.max(1, { keepDims: true }).sub(a);
    case 9:
      return a.T.matmul(b)
        .mul(0.1)
        .tanh()
        .at(detail % 4)
        .broadcastTo([3, 4]);
    case 10:
      return a.roll(detail, 1);
    case 11:
      return concat([a, b], 0).split(2, 0)[detail % 2]?.add(1) as Tensor;
    case 12:
      return a.cumsum(1).mul(0.25);
    case 13:
      return a.reshape([2, 6]).T.reshape([3, 4]);
    case 14:
      return a.mean(0, { keepDims: true }).add(b.T.reshape([3, 4]));
    default:
      return a.at([detail % 3, 0, 2]);
  }
}

/** The last few values of a program over its inputs. */
function run(steps: readonly Step[], inputs: readonly Tensor[], outputs: number): Tensor[] {
  const values = [...inputs];
  for (const s of steps) {
    const x = values[s.left % values.length] as Tensor;
    const y = values[s.right % values.length] as Tensor;
    values.push(apply(s, x, y));
  }
  return values.slice(-outputs);
}

const start = (seed: number): Tensor =>
  tensor(Float64Array.from({ length: 12 }, (_, i) => Math.sin(1 + i * (seed + 1)))).reshape([3, 4]);

const elements = (xs: readonly Tensor[]): number[][] => xs.map((x) => Array.from(x.dataSync()));

function expectClose(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(actual.map((x) => x.shape)).toEqual(expected.map((x) => x.shape));
  const wanted = elements(expected);
  elements(actual).forEach((row, i) => {
    row.forEach((v, j) => {
      // Fusion keeps the order of operations, but a sum may be cut at other places.
      expect(Math.abs(v - (wanted[i]?.[j] as number))).toBeLessThan(1e-9);
    });
  });
}

const programs = fc.array(stepOf, { minLength: 1, maxLength: 24 });

describe("a random program", () => {
  test("computes the same inside jit, also with several results and its inputs donated", () => {
    fc.assert(
      fc.property(programs, fc.integer({ min: 1, max: 5 }), (steps, outputs) => {
        const f = (...xs: Tensor[]): Tensor[] => run(steps, xs, outputs);
        const expected = f(start(0), start(1), start(2));
        expectClose(jit(f)(start(0), start(1), start(2)), expected);
        const donated = jit(f, { donate: [0, 2] });
        for (let again = 0; again < 2; again++) {
          expectClose(donated(start(0), start(1), start(2)), expected);
        }
      }),
      { numRuns: 120 },
    );
  });

  test("keeps its state right over many donated steps", () => {
    fc.assert(
      fc.property(programs, (steps) => {
        const next = (a: Tensor, b: Tensor): Tensor[] =>
          run(steps, [a, b], 2)
            .map(fit)
            .map((x) => x.tanh());
        const compiled = jit(next, { donate: [0, 1] });
        let [a, b] = [start(3), start(4)] as Tensor[];
        let [c, d] = [start(3), start(4)] as Tensor[];
        for (let i = 0; i < 3; i++) {
          [a, b] = next(a as Tensor, b as Tensor);
          [c, d] = compiled(c as Tensor, d as Tensor);
        }
        expectClose([c as Tensor, d as Tensor], [a as Tensor, b as Tensor]);
      }),
      { numRuns: 80 },
    );
  });

  test("has the same gradient eagerly, inside jit, outside of jit and for each example of a batch", () => {
    fc.assert(
      fc.property(programs, (steps) => {
        const loss = (x: Tensor, y: Tensor): Tensor =>
          run(steps, [x, y], 1)
            .map((z) => z.square().mean())
            .reduce((s, z) => s.add(z));
        const both = { argnums: [0, 1] } as const;
        const expected = grad(loss, both)(start(5), start(6));
        expectClose(jit(grad(loss, both))(start(5), start(6)), expected);
        expectClose(grad(jit(loss), both)(start(5), start(6)), expected);
        const batch = tensor([start(5).toArray(), start(6).toArray()] as number[][][], {
          dtype: "f64",
        });
        const each = vmap(grad(loss), { inAxes: [0, null] })(batch, start(6));
        expectClose([each.at(0)], [expected[0]]);
        expectClose(
          [jit(vmap(grad(loss), { inAxes: [0, null] }))(batch, start(6)).at(1)],
          [grad(loss)(start(6), start(6))],
        );
      }),
      { numRuns: 60 },
    );
  });
});
