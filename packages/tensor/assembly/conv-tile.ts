// The innermost loops of a convolution.
//
// A tile is 4 output positions × 32 bytes of lanes: 8 vectors of sums, which with two vectors of
// weights and the input's elements are all the registers there are. Unrolling makes it slower.

/**
 * Adds `taps` products to a tile where lanes are output channels: each input element meets a row of weights.
 *
 * `positions` holds four addresses, `offsets` the place of each tap relative to them, and
 * `weights` 32 bytes for each tap.
 */
export function addTaps<T>(
  positions: usize,
  offsets: usize,
  taps: i32,
  weights: usize,
  sums: usize,
): void {
  const p0 = load<usize>(positions);
  const p1 = load<usize>(positions, 4);
  const p2 = load<usize>(positions, 8);
  const p3 = load<usize>(positions, 12);
  let a0 = v128.load(sums);
  let a1 = v128.load(sums, 16);
  let b0 = v128.load(sums, 32);
  let b1 = v128.load(sums, 48);
  let c0 = v128.load(sums, 64);
  let c1 = v128.load(sums, 80);
  let d0 = v128.load(sums, 96);
  let d1 = v128.load(sums, 112);
  const end = offsets + ((<usize>taps) << 2);
  while (offsets < end) {
    const offset = load<usize>(offsets);
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    const a = v128.load_splat<T>(p0 + offset);
    const b = v128.load_splat<T>(p1 + offset);
    const c = v128.load_splat<T>(p2 + offset);
    const d = v128.load_splat<T>(p3 + offset);
    a0 = v128.add<T>(a0, v128.mul<T>(a, w0));
    b0 = v128.add<T>(b0, v128.mul<T>(b, w0));
    c0 = v128.add<T>(c0, v128.mul<T>(c, w0));
    d0 = v128.add<T>(d0, v128.mul<T>(d, w0));
    a1 = v128.add<T>(a1, v128.mul<T>(a, w1));
    b1 = v128.add<T>(b1, v128.mul<T>(b, w1));
    c1 = v128.add<T>(c1, v128.mul<T>(c, w1));
    d1 = v128.add<T>(d1, v128.mul<T>(d, w1));
    weights += 32;
    offsets += 4;
  }
  v128.store(sums, a0);
  v128.store(sums, a1, 16);
  v128.store(sums, b0, 32);
  v128.store(sums, b1, 48);
  v128.store(sums, c0, 64);
  v128.store(sums, c1, 80);
  v128.store(sums, d0, 96);
  v128.store(sums, d1, 112);
}

/** Adds `taps` products to a tile where lanes are groups: input and weights are met lane by lane. */
export function addTapsByGroup<T>(
  positions: usize,
  offsets: usize,
  taps: i32,
  weights: usize,
  sums: usize,
): void {
  for (let half = 0; half < 2; half++) {
    const p0 = load<usize>(positions) + (half << 4);
    const p1 = load<usize>(positions, 4) + (half << 4);
    const p2 = load<usize>(positions, 8) + (half << 4);
    const p3 = load<usize>(positions, 12) + (half << 4);
    let a = v128.load(sums);
    let b = v128.load(sums, 32);
    let c = v128.load(sums, 64);
    let d = v128.load(sums, 96);
    let at = offsets;
    let w = weights;
    const end = offsets + ((<usize>taps) << 2);
    while (at < end) {
      const offset = load<usize>(at);
      const v = v128.load(w);
      a = v128.add<T>(a, v128.mul<T>(v128.load(p0 + offset), v));
      b = v128.add<T>(b, v128.mul<T>(v128.load(p1 + offset), v));
      c = v128.add<T>(c, v128.mul<T>(v128.load(p2 + offset), v));
      d = v128.add<T>(d, v128.mul<T>(v128.load(p3 + offset), v));
      w += 32;
      at += 4;
    }
    v128.store(sums, a);
    v128.store(sums, b, 32);
    v128.store(sums, c, 64);
    v128.store(sums, d, 96);
    weights += 16;
    sums += 16;
  }
}
