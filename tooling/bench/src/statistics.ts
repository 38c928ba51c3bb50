/**
 * Middle value of a sample; the mean of the two middle ones when their number is even.
 *
 * @throws RangeError for an empty sample
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median: expected at least one value; got none");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
