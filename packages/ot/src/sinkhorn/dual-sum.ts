/**
 * Σ a x + Σ b y: the dual objective where the rows are right, in the units of x and y. A plain update of y never lowers
 * it.
 */
export function dualSum(
  { a, b }: { readonly a: Float64Array; readonly b: Float64Array },
  x: Float64Array,
  y: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (a[i] as number) * (x[i] as number);
  for (let j = 0; j < y.length; j++) sum += (b[j] as number) * (y[j] as number);
  return sum;
}
