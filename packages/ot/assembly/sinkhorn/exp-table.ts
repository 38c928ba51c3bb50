// The exponential of lanes.ts with its constants in memory: an engine that makes each of them anew from immediates takes
// three instructions for it, a load takes one.

/** Puts the constants of {@link expWith} into 152 bytes. */
export function placeExpTable(table: usize): void {
  store<f64>(table, -705, 0);
  store<f64>(table, 705, 8);
  store<f64>(table, 1.4426950408889634, 16);
  store<f64>(table, 6755399441055744, 24);
  store<f64>(table, 0.693147180559663, 32);
  store<f64>(table, 2.8235290563031577e-13, 40);
  store<f64>(table, 1, 48);
  store<f64>(table, 0.5, 56);
  store<f64>(table, 0.16666666666666666, 64);
  store<f64>(table, 0.041666666666666664, 72);
  store<f64>(table, 0.008333333333333333, 80);
  store<f64>(table, 0.001388888888888889, 88);
  store<f64>(table, 1.984126984126984e-4, 96);
  store<f64>(table, 2.48015873015873e-5, 104);
  store<f64>(table, 2.7557319223985893e-6, 112);
  store<f64>(table, 2.755731922398589e-7, 120);
  store<f64>(table, 2.505210838544172e-8, 128);
  store<f64>(table, 2.08767569878681e-9, 136);
  store<f64>(table, 1.6059043836821613e-10, 144);
}

// @ts-ignore: decorator
@inline
function constant(table: usize, index: usize): v128 {
  return v128.load64_splat(table + (index << 3));
}

// @ts-ignore: decorator
@inline
function pair(r: v128, table: usize, index: usize): v128 {
  return f64x2.add(constant(table, index), f64x2.mul(r, constant(table, index + 1)));
}

/** e^z as `expCut`, to the same bits. */
// @ts-ignore: decorator
@inline
export function expWith(z: v128, cutoff: v128, table: usize): v128 {
  const x = f64x2.pmin(f64x2.pmax(z, constant(table, 0)), constant(table, 1));
  const round = constant(table, 3);
  const t = f64x2.add(f64x2.mul(x, constant(table, 2)), round);
  const n = f64x2.sub(t, round);
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, constant(table, 4))),
    f64x2.mul(n, constant(table, 5)),
  );
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const a = f64x2.add(pair(r, table, 7), f64x2.mul(r2, pair(r, table, 9)));
  const b = f64x2.add(pair(r, table, 11), f64x2.mul(r2, pair(r, table, 13)));
  const c = f64x2.add(pair(r, table, 15), f64x2.mul(r2, pair(r, table, 17)));
  const q = f64x2.add(a, f64x2.mul(r4, f64x2.add(b, f64x2.mul(r4, c))));
  const y = f64x2.add(constant(table, 6), f64x2.add(r, f64x2.mul(r2, q)));
  return v128.and(i64x2.add(y, i64x2.shl(t, 52)), f64x2.gt(z, cutoff));
}
