import { wrap } from "../creation";
import { ArgumentError } from "../errors";
import { checkCount, described } from "../internal/check-argument";
import { toTensor } from "../ops/promote";
import { cast } from "../primitives/elementwise";
import { reshape, slice } from "../primitives/movement";
import { sameShape } from "../shape";
import { isTensor, type Tensor } from "../tensor";
import { deriveKeys } from "./derive-keys";
import { streams } from "./streams";

/** The words of a key. */
export const wrapKey = (high: number, low: number): Tensor =>
  wrap(Uint32Array.of(high, low), [2], "u32");

/**
 * A key for everything random: the same seed gives the same numbers on every device and number of threads.
 *
 * Functions of this module are pure: the same key gives the same result, so use each key once, and derive
 * as many as are needed by {@link split} and {@link foldIn}.
 *
 * @param seed - a safe integer, or a bigint; taken modulo 2⁶⁴
 * @returns u32 [2]: the high and the low word
 * @throws ArgumentError when the seed is not an integer
 * @example
 * const [a, b] = random.split(random.key(0));
 */
export function key(seed: number | bigint): Tensor {
  if (typeof seed !== "bigint" && !Number.isSafeInteger(seed)) {
    throw new ArgumentError(
      `key: expected a safe integer or a bigint for a seed; got ${String(seed)}; round it`,
      { seed },
    );
  }
  const bits = BigInt.asUintN(64, BigInt(seed));
  return wrapKey(Number(bits >> 32n), Number(bits & 0xffffffffn));
}

/**
 * Checks that a value is one key.
 *
 * @throws ArgumentError otherwise
 */
export function checkKey(operation: string, x: unknown): Tensor {
  if (isTensor(x) && x.dtype === "u32" && sameShape(x.shape, [2])) return x;
  throw new ArgumentError(
    `${operation}: expected a key, u32 of shape [2]; got ${described(x)}; make one by key(seed), and use vmap for several at once`,
    { operation },
  );
}

interface KeyTuples {
  readonly 1: [Tensor];
  readonly 2: [Tensor, Tensor];
  readonly 3: [Tensor, Tensor, Tensor];
  readonly 4: [Tensor, Tensor, Tensor, Tensor];
  readonly 5: [Tensor, Tensor, Tensor, Tensor, Tensor];
  readonly 6: [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
}

/** What {@link split} returns: a tuple for counts up to 6 that are written out, otherwise an array. */
export type Keys<N extends number> = N extends keyof KeyTuples ? KeyTuples[N] : Tensor[];

/**
 * Independent keys from one, which is not to be used again.
 *
 * @param parent - u32 [2]
 * @param count - how many, default 2
 * @returns `count` keys; `stack` makes one tensor [count, 2] of them for vmap or scan
 * @throws ArgumentError when `count` is not a non-negative integer
 */
export function split<const N extends number = 2>(parent: Tensor, count?: N): Keys<N>;
export function split(parent: Tensor, count = 2): Tensor[] {
  checkKey("split", parent);
  checkCount("split", "count", count);
  const counters = wrap(
    Uint32Array.from({ length: count }, (_, i) => i),
    [count],
    "u32",
  );
  const keys = deriveKeys(parent, counters, streams.split);
  return Array.from({ length: count }, (_, i) => reshape(slice(keys, [i, 0], [1, 2]), [2]));
}

/**
 * The key that belongs to a number under a key: one for each step, layer, arm or address.
 *
 * @param parent - u32 [2]; may be used for any number of data
 * @param data - an integer 0 … 2³² − 1, or an integer scalar tensor
 * @returns u32 [2]
 * @throws ArgumentError when `data` is not such an integer
 */
export function foldIn(parent: Tensor, data: number | Tensor): Tensor {
  checkKey("foldIn", parent);
  const ok =
    typeof data === "number"
      ? Number.isInteger(data) && data >= 0 && data < 2 ** 32
      : isTensor(data) && data.shape.length === 0 && !["f32", "f64"].includes(data.dtype);
  if (!ok) {
    throw new ArgumentError(
      `foldIn: expected an integer from 0 to 2^32 − 1 or an integer scalar tensor; got ${described(data)}`,
      { data: isTensor(data) ? data.shape : data },
    );
  }
  const counter = typeof data === "number" ? toTensor(data, "u32") : cast(data, "u32");
  return reshape(deriveKeys(parent, reshape(counter, [1]), streams.fold), [2]);
}
