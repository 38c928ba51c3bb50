import { describe, expect, it } from "vitest";
import * as x from "../../src/index";

type Row = readonly [
  name: string,
  call: () => unknown,
  kind: typeof x.ShapeError | typeof x.ArgumentError | typeof x.TraceError,
  text: string,
];

const a = x.zeros([2, 3]);
const empty = x.zeros([0, 3]);
const traced = (f: (t: x.Tensor) => unknown) => () => x.jit((t: x.Tensor) => f(t) as x.Tensor)(a);

/** What the operations refuse that is not tested beside them: class and whole text. */
const rows: Row[] = [
  [
    "add of shapes that do not broadcast",
    () => x.add(a, x.zeros([4])),
    x.ShapeError,
    "add: shapes [2, 3] and [4] do not broadcast: axis -1 has lengths 3 and 4; lengths must be equal or 1",
  ],
  [
    "a comparison of shapes that do not broadcast",
    () => x.less(x.zeros([2, 1]), x.zeros([3, 1])),
    x.ShapeError,
    "less: shapes [2, 1] and [3, 1] do not broadcast: axis -2 has lengths 2 and 3; lengths must be equal or 1",
  ],
  [
    "where with a condition of another shape",
    () => x.where([true, false], a, 0),
    x.ShapeError,
    "where: shapes [2] and [2, 3] and [] do not broadcast: axis -1 has lengths 2 and 3; lengths must be equal or 1",
  ],
  [
    "clip with bounds the wrong way round",
    () => x.clip(a, 2, 1),
    x.ArgumentError,
    "clip: expected low ≤ high; got low = 2, high = 1",
  ],
  [
    "an axis out of range",
    () => x.sum(a, 2),
    x.ShapeError,
    "sum: axis must be an integer from -2 to 1 for a tensor of rank 2; it is 2",
  ],
  [
    "an axis named twice",
    () => x.mean(a, [0, -2]),
    x.ShapeError,
    "mean: axis 0 is named twice in [0, 0]",
  ],
  [
    "max of nothing",
    () => x.max(empty, 0),
    x.ShapeError,
    "max: expected at least one element; axis 0 of shape [0, 3] is empty",
  ],
  [
    "argmin of nothing",
    () => x.argmin(empty, 0),
    x.ShapeError,
    "argmin: expected at least one element; axis 0 of shape [0, 3] is empty",
  ],
  [
    "a norm of order 0",
    () => x.norm(a, 0, { p: 0 }),
    x.ArgumentError,
    "norm: expected p > 0 or Infinity; got 0",
  ],
  [
    "a quantile beyond 1",
    () => x.quantile(a, [0.5, 2]),
    x.ArgumentError,
    "quantile: expected probabilities from 0 to 1; got 0.5, 2",
  ],
  [
    "the median of nothing",
    () => x.median(empty, 0),
    x.ShapeError,
    "median: expected at least one element; got shape [0, 3] reduced over axes [0]",
  ],
  [
    "cumsum along an axis that is not there",
    () => x.cumsum(a, -3),
    x.ShapeError,
    "cumsum: axis must be an integer from -2 to 1 for a tensor of rank 2; it is -3",
  ],
  [
    "softmax of a scalar",
    () => x.softmax(1),
    x.ShapeError,
    "softmax: expected a tensor with axes; got a scalar and axis -1",
  ],
  [
    "nonZero while tracing",
    traced((t) => x.nonZero(t)[0]),
    x.TraceError,
    "nonZero: the number of selected elements depends on values, unknown while tracing; use where to keep the shape",
  ],
  [
    "unique while tracing",
    traced((t) => x.unique(t).values),
    x.TraceError,
    "unique: the number of distinct elements depends on values, unknown while tracing; use sort and compare neighbours",
  ],
];

describe("refusals", () => {
  it.each(rows)("%s", (_, call, kind, text) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
  });

  it("carry a code and what the text speaks of as fields", () => {
    try {
      x.matmul(x.zeros([3, 4]), x.zeros([5, 2]));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ name: "ShapeError", code: "ERR_SHAPE" });
      expect((error as x.ShapeError).data["shapes"]).toEqual([
        [3, 4],
        [5, 2],
      ]);
    }
    expect(() => x.clip(a, 2, 1)).toThrow(TypeError);
  });
});
