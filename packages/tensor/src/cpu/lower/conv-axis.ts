/** One spatial axis of a convolution, with what follows from its numbers. */
export interface ConvAxis {
  readonly stride: number;
  /** Spacing of the window's taps. */
  readonly dilation: number;
  /** Spacing of the input's elements: 1 means that there are no holes between them. */
  readonly holes: number;
  /** Zeros before the first element; negative crops. */
  readonly before: number;
  readonly window: number;
  readonly input: number;
  readonly output: number;
  /** Kinds of output positions, taken in turn, that differ in which taps meet elements. */
  readonly phases: number;
  /** Steps between the taps that meet elements. */
  readonly step: number;
  /** Index of the first element that any tap meets; negative in the padding. */
  readonly origin: number;
  /** Elements from the first to the last that any tap meets, padding included. */
  readonly extent: number;
}

/** The numbers of {@link ConvAxis} that are given. */
export type GivenAxis = Omit<ConvAxis, "phases" | "step" | "origin" | "extent">;

/** An axis of length one, to make every convolution three-dimensional. */
export const pointAxis: GivenAxis = {
  stride: 1,
  dilation: 1,
  holes: 1,
  before: 0,
  window: 1,
  input: 1,
  output: 1,
};

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/**
 * Works out which input elements an axis meets.
 *
 * Output o and tap k meet element (o·stride + k·dilation − before) / holes, if that is whole.
 */
export function convAxis(given: GivenAxis): ConvAxis {
  const { stride, dilation, holes, before, window, output } = given;
  const phases = holes / divisor(holes, stride);
  const step = holes / divisor(holes, dilation);
  let low = Infinity;
  let high = -Infinity;
  for (let phase = 0; phase < Math.min(phases, output); phase++) {
    const start = phase * stride - before;
    let first = 0;
    while (first < step && (start + first * dilation) % holes !== 0) first++;
    if (first >= Math.min(step, window)) continue;
    const last = first + Math.floor((window - 1 - first) / step) * step;
    const end = phase + Math.floor((output - 1 - phase) / phases) * phases;
    low = Math.min(low, (start + first * dilation) / holes);
    high = Math.max(high, (end * stride - before + last * dilation) / holes);
  }
  const met = low <= high;
  return { ...given, phases, step, origin: met ? low : 0, extent: met ? high - low + 1 : 0 };
}
