// Argument words of the pooling kernels (byte addresses and byte strides):
//  0 from  1 to  2 where maxima lie (maxPool)
//  3 units  4 units per chunk  5 rows per unit  6 elements of an output plane  7 unused
//  8 three spatial axes, slowest first, of 8 words each:
//    0 window  1 stride  2 padding before  3 dilation  4 input length  5 output length  6 stride of `from`
// 32 table of the leading axes (stride of `from`)
// A unit is some rows of one output plane. `sumPoolTranspose` goes from output to input: there
// the lengths keep their names, so that its own rows are rows of the input.

/** Where the axes begin in the argument block, and bytes of one of them. */
export const AXES: usize = 32;
export const AXIS: usize = 32;

/** First tap of a window, starting at input position `start`, that is not in the padding before. */
export function firstTap(axis: usize, start: i32): i32 {
  const dilation = load<i32>(axis, 12);
  return start < 0 ? (dilation - 1 - start) / dilation : 0;
}

/** End of the taps that are not in the padding behind. */
export function endTap(axis: usize, start: i32): i32 {
  const window = load<i32>(axis);
  const dilation = load<i32>(axis, 12);
  const room = load<i32>(axis, 16) - start;
  // The usual case does without the division.
  if (room > (window - 1) * dilation) return window;
  return room <= 0 ? 0 : (room + dilation - 1) / dilation;
}

/** Input position of a window's first tap. */
export function startOf(axis: usize, output: i32): i32 {
  return output * load<i32>(axis, 4) - load<i32>(axis, 8);
}

/** First output whose window does not reach into the padding before. */
export function insideFrom(axis: usize): i32 {
  const stride = load<i32>(axis, 4);
  return (load<i32>(axis, 8) + stride - 1) / stride;
}

/** End of the outputs whose windows do not reach into the padding behind. */
export function insideTo(axis: usize): i32 {
  const reach = (load<i32>(axis) - 1) * load<i32>(axis, 12);
  const room = load<i32>(axis, 16) - 1 - reach + load<i32>(axis, 8);
  return room < 0 ? 0 : min(load<i32>(axis, 20), room / load<i32>(axis, 4) + 1);
}

// The branch is foreseen by the processor; a call for every tap is not worth it.
/** A vector of elements `step` bytes apart, reading nothing beyond the last. */
@inline
export function spaced<T>(p: usize, step: i32): v128 {
  if (step === sizeof<T>()) return v128.load(p);
  if (sizeof<T>() === 8) return f64x2.replace_lane(v128.load_splat<f64>(p), 1, load<f64>(p + step));
  if (step === 8) return v128.shuffle<i32>(v128.load(p), v128.load(p, 12), 0, 2, 5, 7);
  let v = v128.load_splat<f32>(p);
  v = f32x4.replace_lane(v, 1, load<f32>(p + step));
  v = f32x4.replace_lane(v, 2, load<f32>(p + 2 * step));
  return f32x4.replace_lane(v, 3, load<f32>(p + 3 * step));
}
