import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Lowering } from "../../src/cpu/launch";
import { dotLowering } from "../../src/cpu/lower/dot";
import { product } from "../../src/cpu/lower/dot-product";
import { tileLaunches } from "../../src/cpu/lower/dot-tiles";
import type { View } from "../../src/cpu/view";
import type { DType } from "../../src/dtype";
import { contiguousStrides, sizeOf } from "../../src/shape";
import { engines, type Operand, operandOf, runLowering, valuesOf } from "./run-lowering";

const outputShape = (a: Operand, b: Operand): number[] => [
  ...a.shape.slice(0, -1),
  b.shape.at(-1) as number,
];

/** The product by its definition, in double precision, with the sums of magnitudes that bound its rounding. */
function definition(a: Operand, b: Operand): { exact: number[]; magnitude: number[] } {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1) as number;
  const batches = sizeOf(a.shape.slice(0, -2));
  const exact: number[] = [];
  const magnitude: number[] = [];
  for (let batch = 0; batch < batches; batch++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        let absolute = 0;
        for (let p = 0; p < k; p++) {
          const term =
            (a.values[(batch * m + i) * k + p] as number) *
            (b.values[(batch * k + p) * n + j] as number);
          sum += term;
          absolute += Math.abs(term);
        }
        exact.push(sum);
        magnitude.push(absolute);
      }
  return { exact, magnitude };
}

/** Any order of adding k terms errs by less than k unit roundoffs of their summed magnitudes. */
function expectClose(
  values: number[],
  { exact, magnitude }: ReturnType<typeof definition>,
  k: number,
  dtype: DType,
): void {
  const bound = (k + 1) * (dtype === "f32" ? 2 ** -23 : 2 ** -52);
  expect(values.length).toBe(exact.length);
  values.forEach((value, i) => {
    const error = Math.abs(value - (exact[i] as number));
    if (!(error <= bound * (magnitude[i] as number)))
      throw new Error(`element ${i}: ${value}, not ${exact[i]}`);
  });
}

/** Repeatable values between −1 and 1 without a pattern that a wrong stride would meet again. */
const scattered = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed) * 43758.5453;
    return Math.fround(2 * (x - Math.floor(x)) - 1);
  });

const edge = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 3, arbitrary: fc.integer({ min: 7, max: 40 }) },
  // Whole tiles and one more or less.
  { weight: 1, arbitrary: fc.constantFrom(16, 32, 33, 64) },
);
const batchShape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });

const operands = (dtype: DType, values?: (length: number) => fc.Arbitrary<number[]>) =>
  fc.tuple(batchShape, edge, edge, edge).chain(([batch, m, n, k]) => {
    const of = (shape: number[]): fc.Arbitrary<Operand> =>
      operandOf(dtype, shape, values?.(sizeOf(shape)));
    return fc.tuple(of([...batch, m, k]), of([...batch, k, n]));
  });

describe.each(engines)("dot in $name", (engine) => {
  const multiply = (a: Operand, b: Operand, backwards = false): number[] => {
    const outputs = [{ dtype: a.dtype, shape: outputShape(a, b) }];
    return runLowering(engine, dotLowering, [a, b], outputs, {}, backwards)[0] as number[];
  };

  it.each(["f32", "f64"] as const)("multiplies batches of any strided %s matrices", (dtype) => {
    const numbers = (length: number): fc.Arbitrary<number[]> =>
      fc.array(fc.integer({ min: -99, max: 99 }), {
        minLength: length,
        maxLength: length,
        size: "max",
      });
    fc.assert(
      fc.property(operands(dtype, numbers), fc.boolean(), ([a, b], backwards) => {
        // Small integers: every sum is exact, in whatever order. A sum that begins with its first product can be −0.
        const values = multiply(a, b, backwards).map((x) => x + 0);
        expect(values).toEqual(definition(a, b).exact.map((x) => x + 0));
      }),
      { numRuns: 150 },
    );
  });

  it.each(["i32", "u32"] as const)("multiplies %s matrices modulo 2³²", (dtype) => {
    const wrap = (x: bigint): number =>
      Number(dtype === "i32" ? BigInt.asIntN(32, x) : BigInt.asUintN(32, x));
    fc.assert(
      fc.property(operands(dtype), fc.boolean(), ([a, b], backwards) => {
        const [m, k] = a.shape.slice(-2) as [number, number];
        const n = b.shape.at(-1) as number;
        const expected = multiply(a, b, backwards).map((_, flat) => {
          const [row, j] = [Math.floor(flat / n), flat % n];
          let sum = 0n;
          for (let p = 0; p < k; p++)
            sum +=
              BigInt(a.values[row * k + p] as number) *
              BigInt(b.values[(Math.floor(row / m) * k + p) * n + j] as number);
          return wrap(sum);
        });
        expect(multiply(a, b, backwards)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("follows IEEE arithmetic with NaN and infinities", () => {
    fc.assert(
      fc.property(
        operands("f32", (length) => valuesOf("f32", length)),
        ([a, b]) => {
          expect(multiply(a, b).map((x) => x + 0)).toEqual(
            definition(a, b).exact.map((x) => x + 0),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  const plain = (dtype: DType, shape: number[], seed: number): Operand => ({
    dtype,
    shape,
    values: scattered(sizeOf(shape), seed),
  });
  const turned = (operand: Operand): Operand => {
    const rank = operand.shape.length;
    const order = [...operand.shape.keys()];
    order.splice(rank - 2, 2, rank - 1, rank - 2);
    return { ...operand, order };
  };

  // Each shape takes another way through the launcher: several blocks of rows, columns and inner steps,
  // slices of a long inner axis, groups of batches, matrix times few vectors and the reverse.
  const shapes: [number[], number[]][] = [
    [
      [70, 340],
      [340, 100],
    ],
    [
      [20, 3000],
      [3000, 24],
    ],
    [
      [40, 330],
      [330, 840],
    ],
    [
      [5, 90, 64],
      [5, 64, 90],
    ],
    [
      [40, 3, 7],
      [40, 7, 5],
    ],
    [
      [1, 70_000],
      [70_000, 3],
    ],
    [
      [300, 900],
      [900, 1],
    ],
    [
      [2, 500],
      [500, 700],
    ],
    [
      [1, 5000],
      [5000, 40],
    ],
    [
      [3, 1, 600],
      [3, 600, 33],
    ],
    [
      [9, 1],
      [1, 200],
    ],
  ];
  it.each(shapes)(
    "keeps to the rounding bound for %j × %j, straight and transposed",
    (left, right) => {
      for (const dtype of ["f32", "f64"] as const) {
        const a = plain(dtype, left, 1);
        const b = plain(dtype, right, 2);
        const straight = multiply(a, b);
        const expected = definition(a, b);
        const k = left.at(-1) as number;
        expectClose(straight, expected, k, dtype);
        expect(multiply(a, b, true)).toEqual(straight);
        for (const [x, y] of [
          [turned(a), b],
          [a, turned(b)],
          [turned(a), turned(b)],
        ] as const)
          expectClose(multiply(x, y), expected, k, dtype);
      }
    },
  );

  it("multiplies a batch by one matrix", () => {
    const a = plain("f32", [6, 20, 30], 3);
    const one = scattered(30 * 50, 4);
    const b = {
      dtype: "f32",
      shape: [6, 30, 50],
      values: Array.from({ length: 6 }, () => one).flat(),
      broadcast: [true, false, false],
    } as const;
    expectClose(multiply(a, b), definition(a, b), 30, "f32");
  });

  it("packs the right operand in stripes of columns and groups of batches", () => {
    const a = plain("f32", [5, 9, 50], 5);
    const b = plain("f32", [5, 50, 70], 6);
    for (const cut of [
      { stripe: 24, group: 1 },
      { stripe: 70, group: 2 },
    ]) {
      const packedStride = cut.stripe === 24 ? 24 * 200 : 72 * 200;
      const striped: Lowering = {
        scratch: () => 2 * packedStride,
        launch: ([x, y], [out], _params, scratch) =>
          tileLaunches(
            product(x as View, y as View, out as View),
            {
              ...{ rows: 4, columns: 24, block: 20, slice: 50, slices: 1 },
              ...{ packedStride, packedBytes: 2 * packedStride, ...cut },
            },
            scratch,
          ),
      };
      const outputs = [{ dtype: a.dtype, shape: outputShape(a, b) }];
      const [values] = runLowering(engine, striped, [a, b], outputs, {});
      expectClose(values as number[], definition(a, b), 50, "f32");
    }
  });

  it("gives zeros for an empty sum and nothing for an empty result", () => {
    for (const dtype of ["f32", "f64", "i32"] as const) {
      expect(multiply(plain(dtype, [2, 0], 1), plain(dtype, [0, 3], 1))).toEqual([
        0, 0, 0, 0, 0, 0,
      ]);
      expect(multiply(plain(dtype, [0, 4], 1), plain(dtype, [4, 3], 1))).toEqual([]);
      expect(multiply(plain(dtype, [0, 2, 4], 1), plain(dtype, [0, 4, 3], 1))).toEqual([]);
    }
  });
});

describe("dotLowering", () => {
  const view = (shape: number[], pointer = 0) => ({
    pointer,
    dtype: "f32" as const,
    shape,
    strides: contiguousStrides(shape),
  });
  const launches = (a: number[], b: number[]) => {
    const inputs = [view(a), view(b)];
    const out = [view([...a.slice(0, -1), b.at(-1) as number])];
    return dotLowering.launch(inputs, out, {}, 64);
  };

  it("keeps the packed part of a huge operand small", () => {
    const inputs = [view([4096, 4096]), view([4096, 60_000])];
    const out = [view([4096, 60_000])];
    // 1 GB of b in stripes of 32 MiB.
    expect(dotLowering.scratch?.(inputs, out, {})).toBeLessThanOrEqual(2 ** 25);
    expect(launches([4096, 4096], [4096, 60_000]).length).toBeGreaterThan(30);
  });

  it("leaves work for several threads in every large product", () => {
    const large: [number[], number[]][] = [
      [
        [512, 512],
        [512, 512],
      ],
      [
        [128, 784],
        [784, 256],
      ],
      [
        [784, 128],
        [128, 256],
      ],
      [
        [16, 1024],
        [1024, 1024],
      ],
      [
        [32, 25_088],
        [25_088, 144],
      ],
      [
        [1, 4_000_000],
        [4_000_000, 1],
      ],
      [
        [1, 2000],
        [2000, 2000],
      ],
      [
        [2000, 2000],
        [2000, 1],
      ],
    ];
    for (const [a, b] of large) {
      const longest = [...launches(a, b)].sort((x, y) => y.nanoseconds - x.nanoseconds)[0];
      expect(longest?.chunks, `${a} × ${b}`).toBeGreaterThanOrEqual(8);
    }
  });

  it("counts two operations for each multiply-add", () => {
    expect(dotLowering.flops?.([view([2, 3, 4]), view([2, 4, 5])], [view([2, 3, 5])], {})).toBe(
      240,
    );
  });
});
