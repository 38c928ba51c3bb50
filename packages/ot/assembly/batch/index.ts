// Many small problems of one shape: a chunk is a problem, and runs several iterations of it without waiting for others.
//
// Potentials are binary exponents u and v, without the weights, around which K_ij = 2^{u_i + v_j − ηC_ij} b_j is kept.
// Iterations change factors x of rows and y of columns, until these grow so large that they move into the exponents.
import { exp2, log2Of, powOf } from "../shared/powers";

/** Largest binary logarithm of a factor. */
const GROWN: f64 = 70;

// @ts-ignore: decorator
@inline
function word(args: usize, k: i32): i32 {
  return load<i32>(args + 4 * k);
}
// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): f64 {
  return load<f64>(base + 8 * i);
}
// @ts-ignore: decorator
@inline
function put(base: usize, i: i32, value: f64): void {
  store<f64>(base + 8 * i, value);
}
// @ts-ignore: decorator
@inline
function log2OrNone(z: f64): f64 {
  return z > 0 ? log2Of(z) : -Infinity;
}
// @ts-ignore: decorator
@inline
function power(z: f64): f64 {
  return z < -1000 ? 0 : f64x2.extract_lane(exp2(f64x2.splat(z)), 0);
}

/** u from v, and v from u, by sums with a maximum found first: right from any start. `sums` has m doubles. */
function safeIteration(
  n: i32, m: i32, eta: f64, C: usize, logA: usize, logB: usize, u: usize, v: usize, sums: usize,
): void {
  for (let i = 0; i < n; i++) {
    const row = C + 8 * i * m;
    let top: f64 = -Infinity;
    for (let j = 0; j < m; j++) top = max(top, at(v, j) + at(logB, j) - eta * at(row, j));
    let sum: f64 = 0;
    for (let j = 0; j < m; j++) sum += power(at(v, j) + at(logB, j) - eta * at(row, j) - top);
    put(u, i, top === -Infinity ? 0 : -top - log2Of(sum));
  }
  for (let j = 0; j < m; j++) put(v, j, -Infinity);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++)
      put(v, j, max(at(v, j), at(u, i) + at(logA, i) - eta * at(C + 8 * i * m, j)));
  for (let j = 0; j < m; j++) put(sums, j, 0);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const z = at(u, i) + at(logA, i) - eta * at(C + 8 * i * m, j) - at(v, j);
      put(sums, j, at(sums, j) + (at(v, j) === -Infinity ? 0 : power(z)));
    }
  for (let j = 0; j < m; j++)
    put(v, j, at(v, j) === -Infinity ? 0 : -at(v, j) - log2Of(at(sums, j)));
}

/** K around the potentials; factors become 1. */
function rebuild(
  n: i32, m: i32, eta: f64, C: usize, K: usize, b: usize, u: usize, v: usize, x: usize, y: usize,
): void {
  for (let i = 0; i < n; i++) {
    const ui = at(u, i);
    for (let j = 0; j < m; j++) {
      const k = i * m + j;
      put(K, k, at(b, j) * power(min(1000, ui + at(v, j) - eta * at(C, k))));
    }
    put(x, i, 1);
  }
  for (let j = 0; j < m; j++) put(y, j, 1);
}

/** Moves the factors into the potentials. */
function absorb(count: i32, factors: usize, exponents: usize): void {
  for (let k = 0; k < count; k++)
    put(exponents, k, at(exponents, k) + log2OrNone(at(factors, k)));
}

/** Whether a sum is so far from 1 that digits may have been lost. */
// @ts-ignore: decorator
@inline
function lost(sum: f64): bool {
  return !(sum > 1e-30 && sum < 1e30);
}

// @ts-ignore: decorator
@inline
function raised(z: f64, omega: f64): f64 {
  return omega === 1 ? 1 / z : powOf(z, -omega);
}

/** Σ K y over a row. */
// @ts-ignore: decorator
@inline
function rowSum(m: i32, row: usize, y: usize): f64 {
  let s = f64x2.splat(0);
  let t = s;
  let j = 0;
  for (; j + 4 <= m; j += 4) {
    s = f64x2.add(s, f64x2.mul(v128.load(row + 8 * j), v128.load(y + 8 * j)));
    t = f64x2.add(t, f64x2.mul(v128.load(row + 8 * j, 16), v128.load(y + 8 * j, 16)));
  }
  s = f64x2.add(s, t);
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; j < m; j++) sum += at(row, j) * at(y, j);
  return sum;
}

/** sums += factor · row. */
// @ts-ignore: decorator
@inline
function addRow(m: i32, row: usize, factor: f64, sums: usize): void {
  const f = f64x2.splat(factor);
  let j = 0;
  for (; j + 2 <= m; j += 2)
    v128.store(sums + 8 * j, f64x2.add(v128.load(sums + 8 * j), f64x2.mul(f, v128.load(row + 8 * j))));
  if (j < m) put(sums, j, at(sums, j) + factor * at(row, j));
}

/**
 * One iteration of the factors; the marginal error that it has seen, or −1 if it must be done in the safe way.
 *
 * After a plain update of the rows theirs is exact, and only columns can be off, whatever the columns came from.
 */
function iteration(
  n: i32, m: i32, omega: f64, K: usize, a: usize, b: usize, x: usize, y: usize, sums: usize,
): f64 {
  let error: f64 = 0;
  for (let j = 0; j < m; j++) put(sums, j, 0);
  for (let i = 0; i < n; i++) {
    const row = K + 8 * i * m;
    const sum = at(x, i) * rowSum(m, row, y);
    if (at(a, i) === 0) continue;
    if (lost(sum)) return -1;
    error += at(a, i) * abs(sum - 1);
    const next = at(x, i) * raised(sum, omega);
    put(x, i, next);
    addRow(m, row, at(a, i) * next, sums);
  }
  let columnError: f64 = 0;
  for (let j = 0; j < m; j++) {
    const weight = at(b, j);
    if (weight === 0) continue;
    const sum = at(y, j) * at(sums, j);
    columnError += abs(sum - weight);
    if (lost(sum / weight)) return -1;
    put(y, j, at(y, j) * raised(sum / weight, omega));
  }
  return omega === 1 ? columnError : error + columnError;
}

/** Where the columns stand before some iterations: those are moved first, by binary exponents. */
function beginChanges(m: i32, y: usize, moves: usize, changes: usize): void {
  for (let j = 0; j < m; j++) {
    if (at(moves, j) !== 0) put(y, j, at(y, j) * power(at(moves, j)));
    put(changes, j, -log2OrNone(at(y, j)));
  }
}

/** changes += log₂ y. */
function addChanges(m: i32, y: usize, changes: usize): void {
  for (let j = 0; j < m; j++) put(changes, j, at(changes, j) + log2OrNone(at(y, j)));
}

/** Σ w times exponents. */
// @ts-ignore: decorator
@inline
function weightedExponents(count: i32, w: usize, exponents: usize): f64 {
  let sum: f64 = 0;
  for (let k = 0; k < count; k++) if (at(w, k) > 0) sum += at(w, k) * at(exponents, k);
  return sum;
}
/** Σ w log₂ of factors. */
// @ts-ignore: decorator
@inline
function weightedFactors(count: i32, w: usize, factors: usize): f64 {
  let sum: f64 = 0;
  for (let k = 0; k < count; k++) if (at(w, k) > 0) sum += at(w, k) * log2OrNone(at(factors, k));
  return sum;
}

function grown(count: i32, factors: usize): bool {
  for (let k = 0; k < count; k++)
    if (abs(log2OrNone(at(factors, k))) > GROWN) return true;
  return false;
}

/**
 * Words: problems, n, m, steps, active, C, K, a, b, log₂ a, log₂ b, u, v, x, y, sums, η, ω, errors, started, moves,
 * changes, objectives.
 *
 * `active` lists the problems to work on, one for each chunk; `errors` gets `steps` errors of each problem, −1 for an
 * iteration whose error is not known; `started` tells whether K has been built. `moves` are added to the exponents of
 * the columns at first; `changes` gets what the steps have added to them, unless one of the errors is −1, and `objectives`
 * Σ a log₂ x + Σ b log₂ y with the exponents in x and y: the part of the dual objective that plain steps never lower.
 */
export function iterate(args: usize, chunk: i32, _scratch: usize): void {
  const n = word(args, 1);
  const m = word(args, 2);
  const steps = word(args, 3);
  const p = load<i32>(word(args, 4) + 4 * chunk);
  const C: usize = word(args, 5) + 8 * p * n * m;
  const K: usize = word(args, 6) + 8 * p * n * m;
  const a: usize = word(args, 7) + 8 * p * n;
  const b: usize = word(args, 8) + 8 * p * m;
  const logA: usize = word(args, 9) + 8 * p * n;
  const logB: usize = word(args, 10) + 8 * p * m;
  const u: usize = word(args, 11) + 8 * p * n;
  const v: usize = word(args, 12) + 8 * p * m;
  const x: usize = word(args, 13) + 8 * p * n;
  const y: usize = word(args, 14) + 8 * p * m;
  const sums: usize = word(args, 15) + 8 * p * m;
  const eta = at(word(args, 16), p);
  const omega = at(word(args, 17), p);
  const errors: usize = word(args, 18) + 8 * p * steps;
  const started: usize = word(args, 19) + 4 * p;
  const changes: usize = word(args, 21) + 8 * p * m;
  beginChanges(m, y, word(args, 20) + 8 * p * m, changes);
  for (let step = 0; step < steps; step++) {
    if (load<i32>(started) === 0) {
      safeIteration(n, m, eta, C, logA, logB, u, v, sums);
      rebuild(n, m, eta, C, K, b, u, v, x, y);
      store<i32>(started, 1);
      put(errors, step, -1);
      continue;
    }
    const error = iteration(n, m, omega, K, a, b, x, y, sums);
    put(errors, step, error);
    const again = error < 0;
    if (again || grown(n, x) || grown(m, y)) {
      addChanges(m, y, changes);
      absorb(n, x, u);
      absorb(m, y, v);
      if (again) store<i32>(started, 0);
      else rebuild(n, m, eta, C, K, b, u, v, x, y);
    }
  }
  addChanges(m, y, changes);
  // Sums of what rarely moves and of what always does: rounding of the first is then the same in all of them.
  const base = weightedExponents(n, a, u) + weightedExponents(m, b, v);
  const factors = weightedFactors(n, a, x) + weightedFactors(m, b, y);
  put(word(args, 22), p, base + factors);
  // A call of no steps leaves the whole of the potentials for the host to read.
  if (steps > 0) return;
  absorb(n, x, u);
  absorb(m, y, v);
}
