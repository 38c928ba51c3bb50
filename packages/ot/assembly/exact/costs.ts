import { Problem } from "./problem";

// Formulas; the numbers are part of the arguments.
const MATRIX = 0;
const SQUARED = 1;
const EUCLIDEAN = 2;
const CITY_BLOCK = 3;
const ONE_MINUS_DOT = 4;
const MINUS_DOT = 5;

/** The cost of one pair. */
export function cost(p: Problem, i: i32, j: i32): f64 {
  if (p.kind === MATRIX) return load<f64>(p.costs + (((<usize>i) * p.m + j) << 3));
  const d = p.dimension;
  const step = (<usize>p.m) << 3;
  let x = p.x + (((<usize>i) * d) << 3);
  let y = p.y + ((<usize>j) << 3);
  let sum: f64 = 0;
  for (let k = 0; k < d; k++, x += 8, y += step) sum += term(p.kind, load<f64>(x), load<f64>(y));
  return close(p.kind, sum);
}

// @ts-ignore: decorator
@inline
function term(kind: i32, x: f64, y: f64): f64 {
  if (kind >= ONE_MINUS_DOT) return x * y;
  return kind === CITY_BLOCK ? abs(x - y) : (x - y) * (x - y);
}

// @ts-ignore: decorator
@inline
function close(kind: i32, sum: f64): f64 {
  if (kind === EUCLIDEAN) return sqrt(sum);
  if (kind === ONE_MINUS_DOT) return max<f64>(1 - sum, 0);
  return kind === MINUS_DOT ? -sum : sum;
}

/**
 * Costs of row i in the columns [from, to).
 *
 * @returns the address of the row's column 0; computed rows hold nothing outside of the columns asked for
 */
export function costRow(p: Problem, i: i32, from: i32, to: i32): usize {
  if (p.kind === MATRIX) return p.costs + (((<usize>i) * p.m) << 3);
  const start = p.costs + ((<usize>from) << 3);
  const columns = to - from;
  memory.fill(start, 0, (<usize>columns) << 3);
  const d = p.dimension;
  const x = p.x + (((<usize>i) * d) << 3);
  let y = p.y + ((<usize>from) << 3);
  for (let k = 0; k < d; k++, y += (<usize>p.m) << 3) {
    addTerms(p.kind, load<f64>(x + ((<usize>k) << 3)), y, start, columns);
  }
  if (p.kind !== SQUARED && p.kind !== CITY_BLOCK) closeRow(p.kind, start, columns);
  return p.costs;
}

function addTerms(kind: i32, x: f64, y: usize, sums: usize, count: i32): void {
  if (kind >= ONE_MINUS_DOT) addProducts(x, y, sums, count);
  else if (kind === CITY_BLOCK) addDistances(x, y, sums, count);
  else addSquares(x, y, sums, count);
}

function addSquares(x: f64, y: usize, sums: usize, count: i32): void {
  const xs = f64x2.splat(x);
  const end = sums + ((<usize>(count & ~1)) << 3);
  for (; sums < end; sums += 16, y += 16) {
    const d = f64x2.sub(xs, v128.load(y));
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.mul(d, d)));
  }
  if (count & 1) store<f64>(sums, load<f64>(sums) + term(SQUARED, x, load<f64>(y)));
}

function addDistances(x: f64, y: usize, sums: usize, count: i32): void {
  const xs = f64x2.splat(x);
  const end = sums + ((<usize>(count & ~1)) << 3);
  for (; sums < end; sums += 16, y += 16) {
    const d = f64x2.abs(f64x2.sub(xs, v128.load(y)));
    v128.store(sums, f64x2.add(v128.load(sums), d));
  }
  if (count & 1) store<f64>(sums, load<f64>(sums) + term(CITY_BLOCK, x, load<f64>(y)));
}

function addProducts(x: f64, y: usize, sums: usize, count: i32): void {
  const xs = f64x2.splat(x);
  const end = sums + ((<usize>(count & ~1)) << 3);
  for (; sums < end; sums += 16, y += 16) {
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.mul(xs, v128.load(y))));
  }
  if (count & 1) store<f64>(sums, load<f64>(sums) + term(MINUS_DOT, x, load<f64>(y)));
}

function closeRow(kind: i32, sums: usize, count: i32): void {
  for (const end = sums + ((<usize>count) << 3); sums < end; sums += 8) {
    store<f64>(sums, close(kind, load<f64>(sums)));
  }
}
