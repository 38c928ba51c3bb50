/** One axis of a loop over several operands: its length and each operand's stride in bytes. */
export interface LoopAxis {
  readonly size: number;
  readonly strides: readonly number[];
}

/** Axes of length 1 dropped, and neighbours that every operand crosses in one even step merged. */
export function collapse(axes: readonly LoopAxis[]): LoopAxis[] {
  const result: LoopAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const previous = result.at(-1);
    if (previous?.strides.every((s, k) => s === axis.size * (axis.strides[k] as number))) {
      result[result.length - 1] = { size: previous.size * axis.size, strides: axis.strides };
    } else {
      result.push(axis);
    }
  }
  return result;
}

/** The words of an axis table as `offsetAt` in the kernels reads it: rank, then size and strides of each axis. */
export const axisTable = (axes: readonly LoopAxis[]): number[] => [
  axes.length,
  ...axes.flatMap((axis) => [axis.size, ...axis.strides]),
];

/** Number of positions in a loop over `axes`. */
export const positions = (axes: readonly LoopAxis[]): number =>
  axes.reduce((product, axis) => product * axis.size, 1);

/** An axis of one position. */
export const still = (operands: number): LoopAxis => ({
  size: 1,
  strides: new Array<number>(operands).fill(0),
});
