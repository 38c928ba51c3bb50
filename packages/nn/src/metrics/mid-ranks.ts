/** Ranks from 1; equal values share the mean of their ranks. O(n log n). */
export function midRanks(x: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: x.length }, (_, i) => i).sort(
    (a, b) => (x[a] as number) - (x[b] as number),
  );
  const ranks = new Float64Array(x.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && x[order[to] as number] === x[order[from] as number]) to++;
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
