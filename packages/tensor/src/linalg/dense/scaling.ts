/**
 * A power of two that brings the largest element of a matrix to about 1, so that squares neither overflow nor
 * vanish; scaling by it loses no digits. 1 for a zero matrix.
 */
export function unitFor(a: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] as number));
  if (largest === 0) return 1;
  // Subnormal numbers would need a power that overflows itself.
  return 2 ** -Math.max(-1000, Math.ceil(Math.log2(largest)));
}
