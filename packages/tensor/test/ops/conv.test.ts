import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as x from "../../src/index";
import { assertGrid, build, type Grid, get } from "../support/reference";
import { indicesOf, type Sample, samples, wholes } from "../support/views";

const upTo = (n: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: n });
const convs = [x.conv1d, x.conv2d, x.conv3d] as const;
const transposed = [x.convTranspose1d, x.convTranspose2d, x.convTranspose3d] as const;

interface Axis {
  readonly input: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

interface Case {
  readonly axes: Axis[];
  readonly groups: number;
  readonly t: Sample;
  readonly w: Sample;
}

/** Operands and options of a convolution over one to three axes. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    axes: fc.array(
      fc.record({
        input: upTo(5),
        window: upTo(3),
        stride: upTo(3),
        dilation: upTo(2),
        before: fc.nat(2),
        after: fc.nat(2),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    batch: fc.integer({ min: 0, max: 2 }),
    perGroup: upTo(2),
    outPerGroup: upTo(2),
    groups: upTo(2),
  })
  .filter(({ axes }) =>
    axes.every((a) => a.input + a.before + a.after >= (a.window - 1) * a.dilation + 1),
  )
  .chain(({ axes, batch, perGroup, outPerGroup, groups }) =>
    fc.record({
      axes: fc.constant(axes),
      groups: fc.constant(groups),
      t: samples("f64", [batch, perGroup * groups, ...axes.map((a) => a.input)], wholes("f64")),
      w: samples(
        "f64",
        [outPerGroup * groups, perGroup, ...axes.map((a) => a.window)],
        wholes("f64"),
      ),
    }),
  );

const optionsOf = ({ axes, groups }: Case): x.ConvOptions => ({
  strides: axes.map((a) => a.stride),
  dilation: axes.map((a) => a.dilation),
  padding: axes.map((a): [number, number] => [a.before, a.after]),
  groups,
});

/** The definition of a convolution, by loops. */
function reference({ axes, groups, t, w }: Case): Grid {
  const [input, kernel] = [
    { shape: t.x.shape, values: t.values },
    { shape: w.x.shape, values: w.values },
  ];
  const [n] = input.shape as [number];
  const [out, perGroup] = kernel.shape as [number, number];
  const spatial = axes.map(
    (a) =>
      Math.floor((a.input + a.before + a.after - (a.window - 1) * a.dilation - 1) / a.stride) + 1,
  );
  const taps = [...indicesOf(axes.map((a) => a.window))];
  return build([n, out, ...spatial], ([b, o, ...at]) => {
    const group = Math.floor((o as number) / (out / groups));
    let sum = 0;
    for (let c = 0; c < perGroup; c++) {
      for (const tap of taps) {
        const place = axes.map(
          (a, i) => (at[i] as number) * a.stride - a.before + (tap[i] as number) * a.dilation,
        );
        if (place.some((v, i) => v < 0 || v >= (axes[i] as Axis).input)) continue;
        sum +=
          get(input, [b as number, group * perGroup + c, ...place]) *
          get(kernel, [o as number, c, ...tap]);
      }
    }
    return sum;
  });
}

describe("convolutions", () => {
  it("are the sums of the definition, for all strides, paddings, dilations, groups and layouts", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const f = convs[c.axes.length - 1] as typeof x.conv1d;
        assertGrid(f(c.t.x, c.w.x, optionsOf(c)), reference(c));
      }),
      { numRuns: 150 },
    );
  });

  it("transposed ones are the adjoints: ⟨conv(x), y⟩ = ⟨x, convTranspose(y)⟩", () => {
    fc.assert(
      fc.property(cases, (c) => {
        // Lengths that the strides do not divide are restored by outputPadding.
        const f = convs[c.axes.length - 1] as typeof x.conv1d;
        const back = transposed[c.axes.length - 1] as typeof x.convTranspose1d;
        const options = optionsOf(c);
        const out = f(c.t.x, c.w.x, options);
        const y = x.arange(out.size, undefined, 1, { dtype: "f64" }).sub(3).reshape(out.shape);
        const rest = c.axes.map(
          (a) => (a.input + a.before + a.after - (a.window - 1) * a.dilation - 1) % a.stride,
        );
        const pulled = back(y, c.w.x, { ...options, outputPadding: rest });
        expect(pulled.shape).toEqual(c.t.x.shape);
        expect(pulled.mul(c.t.x).sum().item()).toBe(out.mul(y).sum().item());
      }),
      { numRuns: 150 },
    );
  });

  it('"same" gives ⌈n / stride⌉ outputs, and its transpose n · stride', () => {
    for (const stride of [1, 2, 3]) {
      for (const dilation of [1, 2]) {
        for (const n of [1, 4, 5, 7]) {
          const options = { padding: "same", strides: stride, dilation } as const;
          const w = x.ones([1, 1, 3]);
          expect(x.conv1d(x.ones([1, 1, n]), w, options).shape[2]).toBe(Math.ceil(n / stride));
          expect(x.convTranspose1d(x.ones([1, 1, n]), w, options).shape[2]).toBe(n * stride);
        }
      }
    }
  });

  it('the transpose of "same" undoes the shape of "same" as its adjoint', () => {
    for (const stride of [1, 2, 3]) {
      const options = { padding: "same", strides: stride } as const;
      const w = x.tensor([[[1, 2, 4]]], { dtype: "f64" });
      const input = x.arange(4 * stride, undefined, 1, { dtype: "f64" }).reshape([1, 1, -1]);
      const out = x.conv1d(input, w, options);
      const y = x.tensor([[[1, -1, 3, 2]]], { dtype: "f64" });
      const left = out.mul(y).sum().item();
      expect(x.convTranspose1d(y, w, options).mul(input).sum().item()).toBe(left);
    }
  });

  it("give zeros for no channels and empty results for no examples or windows that do not fit", () => {
    expect(x.conv1d(x.zeros([1, 0, 8]), x.zeros([2, 0, 5])).toArray()).toEqual([
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    ]);
    expect(x.conv1d(x.zeros([0, 2, 8]), x.zeros([1, 2, 5])).shape).toEqual([0, 1, 4]);
    expect(x.conv1d(x.zeros([1, 2, 3]), x.zeros([1, 2, 5])).shape).toEqual([1, 1, 0]);
  });

  it("NaN and infinities stay within the windows that meet them", () => {
    const t = x.tensor([[[1, NaN, 1, 1, Infinity]]]);
    expect(x.conv1d(t, x.ones([1, 1, 2])).toArray()).toEqual([[[NaN, NaN, 2, Infinity]]]);
  });

  it("refuse wrong ranks, channels, groups and options, naming both shapes", () => {
    const t = x.zeros([1, 2, 3, 3]);
    expect(() => x.conv2d(t, x.zeros([1, 3, 2, 2]))).toThrow(
      "conv2d: channels do not match: input [1, 2, 3, 3] has 2 channels (axis 1), kernel [1, 3, 2, 2] with 1 groups takes 3",
    );
    expect(() => x.conv2d(x.zeros([2, 3, 3]), x.zeros([1, 3, 2, 2]))).toThrow(
      "conv2d: expected an input [batch, channels, 2 spatial] and a kernel [out, in / groups, 2 spatial]; got [2, 3, 3] and [1, 3, 2, 2]",
    );
    const w = x.zeros([1, 2, 2, 2]);
    expect(() => x.conv2d(t, w, { strides: 0 })).toThrow(
      "conv2d: strides must be a positive integer or 2 of them; got 0",
    );
    expect(() => x.conv2d(t, w, { dilation: [1] })).toThrow("conv2d: dilation must be");
    expect(() => x.conv2d(t, w, { padding: "full" as never })).toThrow(
      'expected padding "valid", "same", or numbers; got "full"',
    );
    expect(() => x.conv2d(t, w, { padding: [1, 0.5] })).toThrow("conv2d: padding must be");
    expect(() => x.conv2d(t, w, { groups: 2 })).toThrow(x.ShapeError);
    expect(() => x.convTranspose2d(t, x.zeros([3, 1, 2, 2]))).toThrow(
      "convTranspose2d: channels do not match",
    );
    expect(() => x.convTranspose2d(t, x.zeros([2, 1, 2, 2]), { outputPadding: 1 })).toThrow(
      "convTranspose2d: outputPadding",
    );
  });
});
