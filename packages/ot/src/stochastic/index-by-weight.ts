/** A function from [0, 1) to indices that hits each in proportion to its weight; by bisection of the cumulative sums. */
export function indexByWeight(weights: Float64Array): (u: number) => number {
  const cumulative = weights.slice();
  for (let i = 1; i < cumulative.length; i++)
    cumulative[i] = (cumulative[i] as number) + (cumulative[i - 1] as number);
  const last = cumulative.length - 1;
  return (u) => {
    const target = u * (cumulative[last] as number);
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
