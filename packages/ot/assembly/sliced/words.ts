// Argument words of `slice`; addresses may be 0 where "or 0" is said.
//  0 directions  1 directions per chunk
//  2 d, or 0 if the points are projections [directions, n] and [directions, m] already  3 n  4 m
//  5 X  6 Y: coordinates [d, padded]  7 theta f64 [directions, d]
//  8 f64 [directions] or 0: added to projections of X before they are compared
//  9 a f64 [n] or 0 for 1/n  10 b f64 [m] or 0 for 1/m; both or none; sums 1
// 11 values f64 [directions]
// 12 f64 [2, directions] or 0: second moments of the projections
// 13 f64 [directions, n] or 0: derivatives with respect to the projections of X  14 [directions, m] or 0: of Y
// 15 f64 [directions, n] or 0: potentials of X  16 [directions, m] or 0: of Y
// 17 f64 [directions] or 0: costs of the plans between the points themselves
// 18 memory of the chunks, or 0 to use the thread's scratch memory  19 bytes for each chunk
// 20 whether points are f32, else f64  21 whether positions are needed: for words 9, 13 to 17 and 25
// 22 p, a double  24 f64 or 0: mass of the cells of the plan of the only direction  25 their rows  26 their columns
// 27 i32: how many there are

// @ts-ignore: decorator
@inline
export function word(args: usize, k: usize): usize {
  return load<usize>(args + (k << 2));
}

// @ts-ignore: decorator
@inline
export function count(args: usize, k: usize): i32 {
  return load<i32>(args + (k << 2));
}

/** The exponent p. */
// @ts-ignore: decorator
@inline
export function exponent(args: usize): f64 {
  return load<f64>(args, 88);
}
