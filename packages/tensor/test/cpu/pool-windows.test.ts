import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  maxPoolLowering,
  sumPoolLowering,
  sumPoolTransposeLowering,
} from "../../src/cpu/lower/pool";
import type { PoolParams } from "../../src/primitives/pool";
import { contiguousStrides, sizeOf } from "../../src/shape";
import { engines, type Operand, operandOf, runLowering } from "./run-lowering";

interface Case {
  readonly x: Operand;
  readonly params: PoolParams;
}

const indexOf = (flat: number, shape: readonly number[]): number[] => {
  const strides = contiguousStrides(shape);
  return shape.map((length, axis) => Math.floor(flat / (strides[axis] as number)) % length);
};

function pooledShape(shape: readonly number[], p: PoolParams): number[] {
  const lead = shape.length - p.window.length;
  return shape.map((length, i) => {
    if (i < lead) return length;
    const [before, after] = p.padding[i - lead] as readonly [number, number];
    const span = ((p.window[i - lead] as number) - 1) * (p.dilation[i - lead] as number) + 1;
    const places = (length + before + after - span) / (p.strides[i - lead] as number);
    return Math.max(0, Math.floor(places) + 1);
  });
}

/** For every output element, in C order: its plane and the flat spatial places that its window covers. */
function windowsOf(
  shape: readonly number[],
  p: PoolParams,
): { plane: number; places: readonly number[] }[] {
  const spatial = shape.slice(-p.window.length);
  const steps = contiguousStrides(spatial);
  const out = pooledShape(shape, p).slice(-p.window.length);
  const planes = sizeOf(shape.slice(0, shape.length - p.window.length));
  return Array.from({ length: planes * sizeOf(out) }, (_, flat) => {
    const at = indexOf(flat % sizeOf(out), out);
    const places: number[] = [];
    for (let tap = 0; tap < sizeOf(p.window); tap++) {
      let place = 0;
      const inside = indexOf(tap, p.window).every((k, i) => {
        const [before] = p.padding[i] as readonly [number, number];
        const from = (at[i] as number) * (p.strides[i] as number) - before;
        const position = from + k * (p.dilation[i] as number);
        place += position * (steps[i] as number);
        return position >= 0 && position < (spatial[i] as number);
      });
      if (inside) places.push(place);
    }
    return { plane: Math.floor(flat / sizeOf(out)), places };
  });
}

const axis = fc.record({
  // Long enough for vectors and for what is left over beside them.
  length: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 12, max: 21 })),
  window: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 4 }),
  before: fc.integer({ min: 0, max: 3 }),
  after: fc.integer({ min: 0, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
});

interface AxisCase {
  readonly window: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  readonly dilation: number;
}

const paramsOf = (axes: readonly AxisCase[]): PoolParams => ({
  window: axes.map((a) => a.window),
  strides: axes.map((a) => a.stride),
  padding: axes.map((a): [number, number] => [a.before, a.after]),
  dilation: axes.map((a) => a.dilation),
});

const caseOf = (dtype: "f32" | "f64"): fc.Arbitrary<Case> =>
  fc
    .record({
      axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
      lead: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    })
    // Three axes of the longest kind would spend the time on size rather than on variety.
    .filter(({ axes }) => sizeOf(axes.map((a) => a.length)) <= 700)
    .chain(({ axes, lead }) =>
      fc.record({
        x: operandOf(dtype, [...lead, ...axes.map((a) => a.length)]),
        params: fc.constant(paramsOf(axes)),
      }),
    );

const image: PoolParams = {
  window: [2, 2],
  strides: [2, 2],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
};

/** Larger than one chunk, with many rows in a plane and with many planes. */
const large: readonly [readonly number[], PoolParams][] = [
  [[8, 16, 28, 28], image],
  [
    [1, 90, 100],
    {
      ...image,
      window: [3, 5],
      strides: [1, 1],
      padding: [
        [1, 1],
        [2, 2],
      ],
    },
  ],
  [[300, 5], { ...image, window: [3], strides: [1], padding: [[1, 1]], dilation: [1] }],
];

const scattered = (length: number): number[] =>
  Array.from({ length }, (_, i) => ((i * i * 7 + i * 13) % 101) - 50);

describe.each(engines)("pooling in $name", (engine) => {
  const maxPool = ({ x, params }: Case, backwards = false): number[][] => {
    const shape = pooledShape(x.shape, params);
    const outputs = [
      { dtype: x.dtype, shape },
      { dtype: "i32", shape },
    ] as const;
    return runLowering(engine, maxPoolLowering, [x], outputs, params, backwards);
  };
  const sumPool = ({ x, params }: Case, backwards = false): number[] => {
    const outputs = [{ dtype: x.dtype, shape: pooledShape(x.shape, params) }];
    const [sums] = runLowering(engine, sumPoolLowering, [x], outputs, params, backwards);
    return (sums as number[]).map((v) => v + 0);
  };
  const sumPoolTranspose = (
    y: Operand,
    shape: readonly number[],
    params: PoolParams,
    backwards = false,
  ): number[] => {
    const spatial = shape.slice(-params.window.length);
    const outputs = [{ dtype: y.dtype, shape }];
    const all = { ...params, spatial };
    const [result] = runLowering(engine, sumPoolTransposeLowering, [y], outputs, all, backwards);
    return (result as number[]).map((v) => v + 0);
  };

  function expectMaxima(c: Case, backwards: boolean): void {
    const [maxima, winners] = maxPool(c, backwards);
    const plane = sizeOf(c.x.shape.slice(-c.params.window.length));
    const expected = windowsOf(c.x.shape, c.params).map((w) => {
      let [value, winner] = [-Infinity, -1];
      for (const at of w.places) {
        const v = c.x.values[w.plane * plane + at] as number;
        if (winner < 0 || (!Number.isNaN(value) && (v > value || Number.isNaN(v))))
          [value, winner] = [v, at];
      }
      return { value, winner };
    });
    expect(maxima).toEqual(expected.map((e) => e.value));
    expect(winners).toEqual(expected.map((e) => e.winner));
  }

  function expectSums(c: Case, backwards: boolean): void {
    const plane = sizeOf(c.x.shape.slice(-c.params.window.length));
    const expected = windowsOf(c.x.shape, c.params).map((w) =>
      w.places.reduce((sum, at) => sum + (c.x.values[w.plane * plane + at] as number), 0),
    );
    expect(sumPool(c, backwards)).toEqual(expected.map((v) => v + 0));
  }

  function expectTranspose(
    y: Operand,
    shape: readonly number[],
    params: PoolParams,
    backwards: boolean,
  ): void {
    const plane = sizeOf(shape.slice(-params.window.length));
    const expected = new Array<number>(sizeOf(shape)).fill(0);
    windowsOf(shape, params).forEach((w, i) => {
      for (const at of w.places) {
        const place = w.plane * plane + at;
        expected[place] = (expected[place] as number) + (y.values[i] as number);
      }
    });
    expect(sumPoolTranspose(y, shape, params, backwards)).toEqual(expected.map((v) => v + 0));
  }

  describe.each(["f32", "f64"] as const)("of %s", (dtype) => {
    it("finds the maximum of every window and where it stands: the first of equals, the first NaN", () => {
      fc.assert(
        fc.property(caseOf(dtype), fc.boolean(), (c, backwards) => {
          expectMaxima(c, backwards);
        }),
        { numRuns: 250 },
      );
    });

    it("sums every window, padding counting as zero", () => {
      fc.assert(
        fc.property(caseOf(dtype), fc.boolean(), (c, backwards) => {
          expectSums(c, backwards);
        }),
        { numRuns: 250 },
      );
    });

    it("adds each element to all places of its window in the transpose", () => {
      const cases = caseOf(dtype).chain(({ x, params }) =>
        operandOf(dtype, pooledShape(x.shape, params)).map((y) => ({ shape: x.shape, y, params })),
      );
      fc.assert(
        fc.property(cases, fc.boolean(), ({ shape, y, params }, backwards) => {
          expectTranspose(y, shape, params, backwards);
        }),
        { numRuns: 250 },
      );
    });

    it.each(large)("does %j in many chunks, whichever comes first", (shape, params) => {
      const x = { dtype, shape, values: scattered(sizeOf(shape)) };
      const out = pooledShape(shape, params);
      const y = { dtype, shape: out, values: scattered(sizeOf(out)) };
      for (const backwards of [false, true]) {
        expectMaxima({ x, params }, backwards);
        expectSums({ x, params }, backwards);
        expectTranspose(y, shape, params, backwards);
      }
    });
  });

  it.each([19, 21, 23, 25])(
    "finds the maximum of the padded window behind %i columns in squares",
    (width) => {
      const values = scattered(2 * width);
      const padding = [
        [0, 0],
        [0, 1],
      ] as const;
      expectMaxima(
        { x: { dtype: "f32", shape: [2, width], values }, params: { ...image, padding } },
        false,
      );
    },
  );

  it("has no winner in a window that lies wholly in the padding", () => {
    const x = { dtype: "f32", shape: [1, 2], values: [3, -Infinity] } as const;
    const params = { window: [1], strides: [1], padding: [[1, 1]], dilation: [1] } as const;
    expect(maxPool({ x, params })).toEqual([
      [-Infinity, 3, -Infinity, -Infinity],
      [-1, 0, 1, -1],
    ]);
    expect(sumPool({ x, params })).toEqual([0, 3, -Infinity, 0]);
  });
});
