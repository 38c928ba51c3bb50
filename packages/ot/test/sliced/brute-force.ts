/** W_p^p of weighted points on a line, by the integral of |F⁻¹ − G⁻¹|^p over all levels of both. */
export function lineCost(
  x: readonly number[],
  y: readonly number[],
  p: number,
  a: readonly number[] = x.map(() => 1 / x.length),
  b: readonly number[] = y.map(() => 1 / y.length),
): number {
  const quantiles = (points: readonly number[], weights: readonly number[]) => {
    const order = points.map((_, i) => i).sort((i, j) => (points[i] ?? 0) - (points[j] ?? 0));
    let level = 0;
    return order.map((i) => {
      level += weights[i] ?? 0;
      return { value: points[i] ?? 0, level };
    });
  };
  const [f, g] = [quantiles(x, a), quantiles(y, b)];
  const at = (q: typeof f, level: number): number =>
    (q.find((s) => s.level >= level) ?? q[q.length - 1])?.value ?? Number.NaN;
  const levels = [0, ...f.map((s) => s.level), ...g.map((s) => s.level)].sort((s, t) => s - t);
  let sum = 0;
  for (let k = 1; k < levels.length; k++) {
    const [low, high] = [levels[k - 1] ?? 0, Math.min(1, levels[k] ?? 0)];
    if (high <= low) continue;
    const middle = (low + high) / 2;
    sum += (high - low) * Math.abs(at(f, middle) - at(g, middle)) ** p;
  }
  return sum;
}

/** Mean of {@link lineCost} over projections on directions. */
export function slicedCost(
  X: readonly (readonly number[])[],
  Y: readonly (readonly number[])[],
  theta: readonly (readonly number[])[],
  p: number,
  a?: readonly number[],
  b?: readonly number[],
): number {
  const project = (points: readonly (readonly number[])[], t: readonly number[]): number[] =>
    points.map((point) => point.reduce((s, v, k) => s + v * (t[k] ?? 0), 0));
  const costs = theta.map((t) => lineCost(project(X, t), project(Y, t), p, a, b));
  return costs.reduce((s, c) => s + c, 0) / costs.length;
}
