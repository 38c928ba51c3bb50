import {
  arange,
  full,
  grad,
  hvp,
  jit,
  jvp,
  lower,
  ones,
  random,
  softmax,
  type Tensor,
  tensor,
  where,
} from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { type AttentionOptions, attention } from "../src/index";
import { checkTransformations, normal } from "./support/check-layer";

const f64 = (x: readonly (readonly number[])[]): Tensor => tensor(x, { dtype: "f64" });
const q0 = f64([
  [1, 0],
  [0, 1],
  [1, 1],
]);
const k0 = f64([
  [1, 1],
  [0, 1],
  [-1, 2],
]);
const v0 = f64([
  [1, 2],
  [3, 4],
  [5, 6],
]);

/** All scores at once, without −∞. */
function plain(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  allowed: Tensor,
  bias: Tensor | number = 0,
): Tensor {
  const scores = q
    .matmul(k.swapAxes(-1, -2))
    .div(Math.sqrt(q.shape.at(-1) as number))
    .add(bias);
  const weights = softmax(scores).mul(allowed.cast("f64"));
  return weights.matmul(v).div(weights.sum(-1, { keepDims: true }));
}

const triangle = (n: number, m: number): Tensor =>
  arange(m)
    .reshape([1, m])
    .lessEqual(arange(n).reshape([n, 1]));

describe("attention", () => {
  it.each([1, 2, 64])("gives the card's rows in blocks of %i", (block) => {
    const rows = [
      [2.1281078, 3.1281078],
      [3.51046953, 4.51046953],
      [2.48953047, 3.48953047],
    ];
    const digits = { relative: 0, absolute: 5e-8 };
    assertClose(attention(q0, k0, v0, { block }), rows, digits);
    const causal = attention(q0, k0, v0, { block, causal: true });
    assertClose(
      causal,
      [
        [1, 2],
        [2, 3],
        [2.48953047, 3.48953047],
      ],
      digits,
    );
  });

  it("has the card's sums on the way: they are the output over the first keys alone", () => {
    // acc and l of the third query after one, two and three blocks of one key; the output is acc / l.
    const trace = [
      [1, [1, 2]],
      [1.493068691, [2.479206074, 3.972274766]],
      [1.986137383, [4.944549531, 6.930686914]],
    ] as const;
    for (const [i, [l, acc]] of trace.entries()) {
      const first = Array.from({ length: i + 1 }, (_, j) => j);
      const row = attention(q0.at([2]), k0.at(first), v0.at(first), { block: 1 });
      assertClose(row, [acc.map((a) => a / l)], { relative: 1e-9 });
    }
  });

  it("does not depend on the block by more than 1e-6 in f32, whatever the lengths", () => {
    for (const [n, m] of [
      [50, 37],
      [5, 200],
      [130, 130],
    ] as const) {
      const make = (length: number, seed: number): Tensor =>
        random.normal(random.key(seed), [2, 3, length, 8]);
      const [q, k, v] = [make(n, 1), make(m, 2), make(m, 3)];
      for (const causal of [false, true]) {
        const whole = attention(q, k, v, { causal, block: 1000 });
        for (const block of [1, 7, 16, 64]) {
          assertClose(attention(q, k, v, { causal, block }), whole, {
            relative: 1e-6,
            absolute: 1e-6,
          });
        }
        const oracle = causal ? triangle(n, m) : ones([n, m]);
        assertClose(whole, plain(q.cast("f64"), k.cast("f64"), v.cast("f64"), oracle), {
          relative: 1e-5,
          absolute: 1e-6,
        });
      }
    }
  });

  it("survives scores far beyond the range of exp", () => {
    const big = (x: Tensor): Tensor => x.mul(1e4);
    for (const block of [1, 64]) {
      // The second query's scores are 1, 1, 2 times 7071: the last key has all the weight.
      assertClose(attention(big(q0), k0, v0, { block }).at(1), [5, 6]);
      expect(attention(big(q0), big(k0), v0, { block }).isFinite().all().item()).toBe(1);
    }
  });

  it("takes bool and float masks that broadcast", () => {
    const [q, k, v] = [
      normal([2, 3, 10, 4], 1),
      normal([2, 3, 12, 4], 2),
      normal([2, 3, 12, 5], 3),
    ];
    for (const shape of [[10, 12], [2, 1, 1, 12], [2, 3, 10, 12], [12]]) {
      const bias = normal(shape, 4);
      const allowed = bias.greater(-1);
      for (const block of [5, 64]) {
        assertClose(attention(q, k, v, { mask: allowed, block }), plain(q, k, v, allowed));
        assertClose(attention(q, k, v, { mask: bias, block }), plain(q, k, v, ones([12]), bias));
        const both = attention(q, k, v, { mask: bias, causal: true, block });
        assertClose(both, plain(q, k, v, triangle(10, 12), bias));
      }
    }
  });

  it("returns 0 for queries that no key takes part for, with zero gradients", () => {
    const mask = tensor([
      [true, true, true],
      [false, false, false],
      [true, false, true],
    ]);
    const minus = where(mask, 0, full([3, 3], -Infinity));
    for (const block of [1, 2, 64]) {
      for (const m of [mask, minus]) {
        const y = attention(q0, k0, v0, { mask: m, block });
        assertClose(y.at(1), [0, 0], { relative: 0, absolute: 0 });
        expect(y.isFinite().all().item()).toBe(1);
      }
      checkGradients(
        (q: Tensor, k: Tensor, v: Tensor) => attention(q, k, v, { mask, block }),
        [q0, k0, v0],
        { modes: ["reverse"] },
      );
    }
  });

  describe.each([
    { block: 64 },
    { block: 2 },
    { block: 3, causal: true },
    { block: 2, scale: 0.3, masked: "bool" },
    { block: 2, masked: "float" },
  ] as readonly (AttentionOptions & { masked?: "bool" | "float" })[])(
    "with %j",
    ({ masked, ...options }) => {
      const [q, k, v] = [normal([2, 5, 3], 1), normal([2, 7, 3], 2), normal([2, 7, 2], 3)];
      const bias = normal([5, 7], 4);
      const call = (p: { q: Tensor; k: Tensor; v: Tensor }, b: Tensor): Tensor => {
        const mask = masked === undefined ? undefined : masked === "bool" ? b.greater(-0.5) : b;
        return attention(p.q, p.k, p.v, { ...options, mask });
      };

      it("has the gradients of finite differences, once and twice", () => {
        const modes =
          options.block === 64 ? (["reverse", "forward"] as const) : (["reverse"] as const);
        checkGradients(call, [{ q, k, v }, bias], { modes });
        checkGradients(call, [{ q, k, v }, bias], { modes: ["reverse"], order: 2, directions: 1 });
      });

      it("batches and compiles", () => {
        checkTransformations(call, { q, k, v }, bias);
      });
    },
  );

  it("keeps nothing of the size queries × keys, forwards or backwards", () => {
    const n = 600;
    const q = random.normal(random.key(1), [n, 8]);
    const gradient = grad((x: Tensor) => attention(x, x, x, { causal: true }).square().sum());
    for (const plan of [lower((x: Tensor) => attention(x, x, x))(q), lower(gradient)(q)]) {
      const sizes = [...plan.matchAll(/\[([\d, ]+)\]/g)].map(([, dims]) =>
        (dims as string).split(", ").reduce((a, b) => a * Number(b), 1),
      );
      // The largest thing is a block of scores: n × 64.
      expect(Math.max(...sizes)).toBeLessThanOrEqual(n * 64);
    }
    const direct = lower((x: Tensor) => attention(x, x, x, { block: n }))(q);
    expect(direct).toContain(`${n}, ${n}`);
  });

  it("refuses shapes that do not fit, integer masks and bad options", () => {
    expect(() => attention(q0, k0, v0.at([0, 1]))).toThrow(
      "attention: expected queries [..., n, d], keys [..., m, d] and values [..., m, e] with equal leading axes; got [3, 2], [3, 2] and [2, 2]",
    );
    expect(() => attention(q0.expandDims(0), k0, v0)).toThrow("got [1, 3, 2], [3, 2] and [3, 2]");
    expect(() => attention(q0, k0, v0, { mask: ones([2, 3]) })).toThrow(
      "attention: expected a mask that broadcasts to [3, 3]; got [2, 3]",
    );
    expect(() => attention(q0, k0, v0, { mask: ones([3, 3], { dtype: "i32" }) })).toThrow(
      "got i32",
    );
    expect(() => attention(q0, k0, v0, { block: 0 })).toThrow(
      "expected a positive integer for block",
    );
    expect(() => attention(q0, k0, v0, { scale: Number.NaN })).toThrow(
      "expected a finite scale; got NaN",
    );
  });

  it("refuses forward mode only where it streams: beyond 512 keys, or the block", () => {
    const along = (m: number, options: AttentionOptions): unknown => {
      const k = normal([m, 2]);
      return jvp((v: Tensor) => attention(q0, k, v, options), [k], [k]);
    };
    along(512, {});
    expect(() => along(513, {})).toThrow(/^jvp: attention .*reverse-mode/);
    expect(() => along(3, { block: 2 })).toThrow(/^jvp: attention .*reverse-mode/);
    const curvature = hvp((q: Tensor) => attention(q, k0, v0, { block: 2 }).square().sum());
    const direct = hvp((q: Tensor) => attention(q, k0, v0).square().sum());
    assertClose(curvature(q0, k0), direct(q0, k0));
  });

  it("runs without queries", () => {
    expect(jit((q: Tensor) => attention(q, k0, v0, { block: 2 }))(q0.at([])).shape).toEqual([0, 2]);
  });
});
