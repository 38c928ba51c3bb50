import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index";
import * as x from "../../src/index";
import { checkRules } from "../support/rules";
import type { Source } from "../support/views";

type Make = (source: Source) => Tensor[];
type Row = readonly [string, (...args: Tensor[]) => Tensor, Make];

const plain =
  (...shapes: number[][]): Make =>
  (s) =>
    shapes.map((shape) => s.uniform(shape));
const positive =
  (...shapes: number[][]): Make =>
  (s) =>
    shapes.map((shape) => s.uniform(shape, 0.3, 2));
const distinct =
  (...shapes: number[][]): Make =>
  (s) =>
    shapes.map((shape) => s.distinct(shape));
const indexed =
  (shape: number[], index: number[], high: number): Make =>
  (s) => [s.uniform(shape), s.integers(index, 0, high)];

const elementwise: Row[] = [
  ["exp2", x.exp2, plain([2, 3])],
  ["log2", x.log2, positive([3])],
  ["log10", x.log10, positive([3])],
  ["rsqrt", x.rsqrt, positive([3])],
  ["logSigmoid", x.logSigmoid, plain([2, 3])],
  ["relu", (t) => x.relu(t).square(), distinct([6])],
  ["leakyRelu", (t) => x.leakyRelu(t, 0.2).square(), distinct([6])],
  ["elu", (t) => x.elu(t, 1.5), distinct([6])],
  ["silu", x.silu, plain([4])],
  ["gelu", (t) => x.gelu(t), plain([4])],
  ["gelu, approximate", (t) => x.gelu(t, true), plain([4])],
  ["logAddExp", x.logAddExp, plain([2, 3], [3])],
  ["hypot", x.hypot, plain([2, 3], [2, 1])],
  ["square and broadcast sub", (a, b) => a.sub(b).square(), plain([2, 3], [3])],
  ["pow by a fraction", (t) => t.pow(2.5), positive([4])],
  ["pow by a negative integer", (t) => t.pow(-3), positive([4])],
  ["pow by tensors", x.pow, positive([2, 3], [2, 1])],
  ["mod", (a) => x.mod(a, 0.7).square(), (s) => [s.uniform([3], 0.1, 0.6)]],
  ["clip", (t) => t.clip(-0.15, 0.22).square(), distinct([6])],
  [
    "where",
    (m, a, b) => x.where(m, a.square(), b),
    (s) => [s.booleans([2, 1]), s.uniform([2, 3]), s.uniform([3])],
  ],
  [
    "maximum and minimum",
    (a, b) => a.maximum(b).mul(a.minimum(b.mul(2))),
    (s) => [s.distinct([3, 2]), s.distinct([2]).add(0.013)],
  ],
];

const reductions: Row[] = [
  ["mean", (t) => t.mean([0, 2]).square(), plain([2, 3, 2])],
  ["variance", (t) => t.variance(1, { ddof: 1 }), plain([2, 4])],
  ["std", (t) => t.std(-1), plain([2, 4])],
  ["norm", (t) => t.norm(1), plain([2, 4])],
  ["norm with p = 1", (t) => t.norm(1, { p: 1 }).square(), plain([2, 4])],
  ["norm with p = 3", (t) => t.norm(1, { p: 3 }), plain([2, 4])],
  ["norm with p = Infinity", (t) => t.norm(1, { p: Infinity }).square(), distinct([2, 4])],
  ["logSumExp", (t) => t.logSumExp([0, 1]), plain([2, 3, 2])],
  ["softmax", (t) => t.softmax(0), plain([3, 2])],
  ["logSoftmax", (t) => t.logSoftmax(), plain([2, 3])],
  ["cumsum", (t) => t.cumsum(1, { reverse: true }).square(), plain([2, 4])],
  ["cumprod", (t) => t.cumprod(0), plain([4, 2])],
  ["cummax", (t) => t.cummax(1).square(), distinct([2, 4])],
  ["linearRecurrence", (a, b) => x.linearRecurrence(a, b), plain([4], [2, 4])],
  ["median", (t) => t.median(-1).square(), distinct([2, 5])],
  ["quantile", (t) => t.quantile([0.1, 0.6], 0).square(), distinct([5, 2])],
];

const products: Row[] = [
  ["matmul, one right factor", x.matmul, plain([2, 3, 2], [2, 4])],
  ["matmul, broadcast", x.matmul, plain([2, 1, 2, 3], [3, 3, 2])],
  ["matmul of vectors", x.matmul, plain([3], [3])],
  ["matmul, matrix by vector", x.matmul, plain([2, 3], [3])],
  ["outer", x.outer, plain([2], [3])],
  ["vdot", x.vdot, plain([2, 3], [3])],
  ["einsum of three", (a, b, c) => x.einsum("ab,bc,ca->b", a, b, c), plain([2, 3], [3, 2], [2, 2])],
  ["einsum of a diagonal", (a) => x.einsum("iij->ji", a).square(), plain([3, 3, 2])],
  ["einsum with dots", (a, b) => x.einsum("...ij,j...->...i", a, b), plain([2, 2, 3], [3, 2])],
  ["einsum of one factor's sum", (a, b) => x.einsum("ij,k->i", a, b).square(), plain([2, 3], [2])],
];

const movements: Row[] = [
  ["reshape and transpose", (t) => t.T.reshape([3, 2]).square(), plain([2, 3])],
  ["roll", (t) => t.roll(1, 0).mul(t), plain([3, 2])],
  ["roll, flattened", (t) => t.roll(-2).mul(t), plain([3, 2])],
  ["tile", (t) => t.tile([2, 2]).square(), plain([3])],
  ["repeat", (t) => t.repeat(3, 0).square(), plain([2, 2])],
  [
    "stack and split",
    (a, b) =>
      x
        .stack([a, b], 1)
        .split([1, 1], 1)
        .reduce((p, q) => p.mul(q)),
    plain([3], [3]),
  ],
  ["pad with the edge", (t) => x.pad(t, 2, { mode: "edge" }).square(), plain([2, 2])],
  ["pad by reflection", (t) => x.pad(t, 1, { mode: "reflect" }).square(), plain([3, 2])],
  [
    "pad round",
    (t) =>
      x
        .pad(
          t,
          [
            [1, 2],
            [0, 1],
          ],
          { mode: "wrap" },
        )
        .square(),
    plain([3, 2]),
  ],
  ["triu", (t) => x.triu(t, 1).square(), plain([2, 3, 3])],
  ["tril", (t) => x.tril(t).square(), plain([3, 2])],
  ["diag of a vector", (t) => x.diag(t, -1).square(), plain([3])],
  ["diagonal", (t) => t.diagonal({ offset: 1, axes: [2, 0] }).square(), plain([2, 2, 3])],
  ["trace", (t) => t.trace().square(), plain([3, 3])],
  ["meshgrid", (a, b) => x.meshgrid([a, b]).reduce((p, q) => p.mul(q)), plain([2], [3])],
];

const places: Row[] = [
  [
    "at with integers and ranges",
    (t) => t.at(1, x.range(undefined, undefined, -2), null).square(),
    plain([2, 3]),
  ],
  [
    "at with index tensors",
    (t, i) => t.at(i, "...", [1, 0, 1]).square(),
    indexed([3, 2, 2], [3], 3),
  ],
  ["at with a mask", (t) => t.at([true, false, true]).square(), plain([3, 2])],
  ["take", (t, i) => t.take(i, 1).square(), indexed([2, 3], [2, 2], 3)],
  ["takeAlongAxis", (t, i) => t.takeAlongAxis(i, 0).square(), indexed([3, 2], [2, 2], 3)],
  ["scatterAdd", (t, i) => x.scatterAdd(t, i, 3, 1).square(), indexed([2, 4], [4], 3)],
  ["segmentSum", (t, i) => x.segmentSum(t, i, 2).square(), indexed([4, 2], [4], 2)],
  ["sort, descending", (t) => t.sort(0, { descending: true }).mul(t), distinct([4, 2])],
  ["topK", (t) => t.topK(2).values.square(), distinct([2, 4])],
  ["dynamicSlice", (t, i) => x.dynamicSlice(t, [i, 0], [2, 2]).square(), indexed([4, 3], [], 5)],
  [
    "updateSlice",
    (t, i, u) => x.updateSlice(t, u, [i, 1]).square(),
    (s) => [s.uniform([4, 3]), s.integers([], -1, 5), s.uniform([2, 2])],
  ],
];

const windows: Row[] = [
  [
    "conv1d",
    (t, w) => x.conv1d(t, w, { strides: 2, padding: "same", dilation: 2 }),
    plain([2, 2, 5], [2, 2, 2]),
  ],
  [
    "conv2d, grouped",
    (t, w) => x.conv2d(t, w, { groups: 2, padding: 1 }),
    plain([1, 2, 3, 3], [4, 1, 2, 2]),
  ],
  ["conv3d", (t, w) => x.conv3d(t, w), plain([1, 1, 2, 3, 2], [1, 1, 2, 2, 1])],
  [
    "convTranspose2d",
    (t, w) => x.convTranspose2d(t, w, { strides: 2, padding: [[1, 0], 0], outputPadding: 1 }),
    plain([1, 2, 2, 3], [2, 1, 3, 2]),
  ],
  [
    "maxPool2d",
    (t) => x.maxPool2d(t, { window: 2, strides: 1, padding: 1 }).square(),
    distinct([1, 3, 3]),
  ],
  [
    "avgPool1d",
    (t) => x.avgPool1d(t, { window: 3, strides: 2, padding: 1 }).square(),
    plain([2, 5]),
  ],
];

const files = { elementwise, reductions, products, movements, places, windows };
for (const [kind, rows] of Object.entries(files)) {
  describe(`${kind}: derivatives, batches and their nestings`, () => {
    it.each(rows)("%s", (_, f, make) => {
      checkRules({ f, make }, 11);
    });
  });
}

describe("derivatives at special points", () => {
  const slope = (f: (t: Tensor) => Tensor, at: number): number =>
    x
      .grad((t: Tensor) => f(t))(x.tensor(at, { dtype: "f64" }))
      .item();

  it("relu and its kin have slope 0 at 0 from the left branch", () => {
    expect(slope(x.relu, 0)).toBe(0);
    expect(slope((t) => x.leakyRelu(t, 0.1), 0)).toBeCloseTo(0.1, 15);
    expect(slope((t) => x.elu(t), 0)).toBe(1);
  });

  it("elu has no NaN in the slope where its exponential overflows", () => {
    expect(slope((t) => x.elu(t), 1e4)).toBe(1);
  });

  it("norm and hypot have slope 0 at the origin", () => {
    expect(slope((t) => t.norm(), 0)).toBe(0);
    expect(slope((t) => x.hypot(t, 0), 0)).toBe(0);
    expect(slope((t) => x.hypot(t, 3), 4)).toBeCloseTo(0.8, 15);
  });

  it("logSumExp passes over −Infinity and +Infinity", () => {
    const at = x.tensor([-Infinity, 0, 0], { dtype: "f64" });
    expect(
      x
        .grad((t: Tensor) => t.logSumExp())(at)
        .toArray(),
    ).toEqual([0, 0.5, 0.5]);
  });

  it("clip has no slope outside its bounds", () => {
    expect(slope((t) => t.clip(0, 1), 2)).toBe(0);
    expect(slope((t) => t.clip(0, 1), 0.5)).toBe(1);
  });

  it("whole powers of negative numbers have exact slopes", () => {
    expect(slope((t) => t.pow(3), -2)).toBe(12);
    expect(slope((t) => t.pow(0), -2)).toBe(0);
    expect(slope((t) => t.pow(-1), -2)).toBe(-0.25);
  });

  it("softmax of masked logits has no NaN", () => {
    const logits = x.tensor([1, -Infinity, 2], { dtype: "f64" });
    const gradient = x.grad((t: Tensor) => t.softmax().at(0))(logits);
    expect(gradient.isFinite().all().item()).toBe(1);
  });
});
