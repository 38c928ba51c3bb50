/** log Σ exp(z). */
export function logSum(z: Float64Array): number {
  let top = -Infinity;
  for (const value of z) top = Math.max(top, value);
  if (!Number.isFinite(top)) return top;
  let sum = 0;
  for (const value of z) sum += Math.exp(value - top);
  return top + Math.log(sum);
}
