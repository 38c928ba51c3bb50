import type { ConvParams } from "../../primitives/conv";
import type { GpuView } from "../source/view";
import type { Digit } from "./product";
import type { SpreadAxis } from "./spread";

/** One spatial axis of a convolution: y[o] = Σ_t x[(o · stride − before + t · spacing) / holes] w[t]. */
export interface ConvAxis {
  readonly input: number;
  readonly window: number;
  readonly output: number;
  readonly stride: number;
  readonly before: number;
  readonly holes: number;
  readonly spacing: number;
  readonly xStep: number;
  readonly wStep: number;
}

/** The spatial axes; those that a window of one element only walks over are joined. */
export function convAxes(
  x: GpuView,
  w: GpuView,
  outputs: readonly number[],
  p: ConvParams,
): ConvAxis[] {
  const axes: ConvAxis[] = [];
  const plain = (a: ConvAxis): boolean =>
    a.window === 1 && a.stride === 1 && a.holes === 1 && a.before === 0 && a.input === a.output;
  p.strides.forEach((stride, i) => {
    const axis: ConvAxis = {
      input: x.shape[i + 2] as number,
      window: w.shape[i + 2] as number,
      output: outputs[i] as number,
      stride,
      before: (p.padding[i] as readonly [number, number])[0],
      holes: p.lhsDilation[i] as number,
      spacing: p.rhsDilation[i] as number,
      xStep: x.strides[i + 2] as number,
      wStep: w.strides[i + 2] as number,
    };
    const outer = axes.at(-1);
    if (outer && plain(outer) && plain(axis) && outer.xStep === axis.input * axis.xStep) {
      const input = outer.input * axis.input;
      axes[axes.length - 1] = { ...axis, input, output: input };
    } else axes.push(axis);
  });
  return axes;
}

/**
 * An axis without holes in its input: y[q · phases + r] = Σ_j x[(q · stride + j · spacing + first) / holes] v[r, j],
 * where v is the kernel, or, of several phases, what of it each phase meets.
 */
export interface PhasedAxis {
  readonly axis: ConvAxis;
  readonly phases: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly spacing: number;
  readonly first: number;
  /** Holes that are left: zeros to be put between the elements of the input. */
  readonly holes: number;
}

/**
 * Takes the holes out of an axis. Every phase of the output meets a subset of the taps, so a transposed
 * convolution of stride s does one s-th of the products along each axis that zeros in the input would take.
 */
export function phasedAxis(axis: ConvAxis): PhasedAxis {
  const { input, window, output, stride, before, holes, spacing } = axis;
  const rest = { axis, phases: 1, output, window, stride, spacing, first: -before };
  if (holes === 1 || input === 0 || window === 0) return { ...rest, holes: 1 };
  if (stride !== 1 || spacing !== 1) return { ...rest, holes };
  // Phase r meets the taps t = (first + j) · holes + before − r.
  const first = Math.ceil(-before / holes);
  const last = Math.floor((window - 1 + holes - 1 - before) / holes);
  return {
    axis,
    phases: holes,
    output: Math.ceil(output / holes),
    window: last - first + 1,
    stride: 1,
    spacing: 1,
    first,
    holes: 1,
  };
}

/** First and last place of the input, with its holes, that an axis meets. */
export function reach({ first, output, window, stride, spacing }: PhasedAxis): [number, number] {
  return [first, first + (output - 1) * stride + (window - 1) * spacing];
}

/** Whether an axis meets elements of the input only. */
export function isInside(a: PhasedAxis): boolean {
  const [low, high] = reach(a);
  return a.holes === 1 && low >= 0 && high < a.axis.input;
}

/** Digits of an axis of the result, and the sum over its taps, given the steps in both operands. */
export function digitsOfAxis(
  a: PhasedAxis,
  x: number,
  w: { readonly phase: number; readonly tap: number },
): { readonly digits: readonly Digit[]; readonly sum: Digit } {
  const along: Digit = { length: a.output, x: a.stride * x, w: 0 };
  const phase: Digit = { length: a.phases, x: 0, w: w.phase };
  return {
    digits: a.phases === 1 ? [along] : [along, phase],
    sum: { length: a.window, x: a.spacing * x, w: w.tap },
  };
}

/** How a phase and its tap, two digits from `digit` on, point into the kernel. */
export const tapOf = (a: PhasedAxis, digit: number): SpreadAxis =>
  a.phases === 1
    ? { factors: [{ digit: digit + 1, factor: 1 }], constant: 0, divisor: 1 }
    : {
        factors: [
          { digit, factor: -1 },
          { digit: digit + 1, factor: a.phases },
        ],
        constant: a.first * a.phases + a.axis.before,
        divisor: 1,
      };
