import { ArgumentError, concat, range, type Tensor } from "@x/tensor";
import { type AttentionOperands, attentionOperands } from "./internal/attention-operands";
import { checkSize } from "./internal/check";
import { directAttention, streamingAttention } from "./internal/streaming-softmax";

/** Options of {@link attention}. */
export interface AttentionOptions {
  /**
   * Broadcasts to [..., n, m]: bool, true where a key takes part, or floats that are added to the scores and may be
   * differentiated. Default all keys.
   */
  readonly mask?: Tensor | undefined;
  /** Query i sees keys 0 … i only; default false. */
  readonly causal?: boolean;
  /** Factor of the scores; default 1/√d. */
  readonly scale?: number;
  /**
   * Keys whose scores are held at once, ≥ 1; it does not change the result but for rounding. Default all of up to
   * 512 keys, which is faster, and 64 of more.
   */
  readonly block?: number | undefined;
}

/** Most keys whose scores are held at once unless a block is asked for. */
const fewKeys = 512;

/** Parts that causal queries are cut into, each of which meets the keys it can see: 5/8 of all products for 4. */
const causalParts = 4;

/**
 * Scaled dot-product attention.
 *
 * softmax(Q Kᵀ · scale + mask) V. A query that no key takes part for gets 0. With more keys than a block, memory
 * grows with n + m rather than n · m, also in the backward pass, which computes the scores again; forward mode
 * (`jvp`) is then refused, while `grad`, `vjp`, `hvp` and gradients of gradients work.
 *
 * @param q - queries, [..., n, d]
 * @param k - keys, [..., m, d]
 * @param v - values, [..., m, e]
 * @returns [..., n, e]
 * @throws ShapeError when shapes do not fit
 * @throws ArgumentError when the mask is of integers, the scale not finite or the block not a positive integer
 * @see Vaswani et al. 2017, §3.2.1; Rabe & Staats 2021; Dao et al. 2022
 * @example
 * attention(q, k, v, { causal: true })
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { mask, causal = false } = options;
  const operands = attentionOperands(q, k, v, mask);
  const d = q.shape.at(-1) as number;
  const keys = k.shape.at(-2) as number;
  const { scale = 1 / Math.sqrt(Math.max(1, d)) } = options;
  const { block = keys <= fewKeys ? Math.max(1, keys) : 64 } = options;
  checkSize("attention", "block", block);
  if (!Number.isFinite(scale)) {
    throw new ArgumentError(`attention: expected a finite scale; got ${scale}`, { scale });
  }
  // Queries are scaled rather than scores: there are fewer of them.
  const scaled = { ...operands, q: operands.q.mul(scale) };
  const out = causal ? causalAttention(scaled, block) : plainAttention(scaled, block, null);
  return out.reshape([...q.shape.slice(0, -1), v.shape.at(-1) as number]);
}

const plainAttention = (x: AttentionOperands, block: number, causal: number | null): Tensor =>
  (x.k.shape[1] as number) <= block
    ? directAttention(x, causal)
    : streamingAttention(x, { causal, block });

/** Parts of the queries, each with the keys up to its last one. */
function causalAttention(x: AttentionOperands, block: number): Tensor {
  const [n, m] = [x.q.shape[1] as number, x.k.shape[1] as number];
  const step = Math.ceil(n / causalParts / block) * block;
  if (n <= block || m <= block) return plainAttention(x, block, 0);
  const starts = Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
  const parts = starts.map((start) => {
    const rows = range(start, Math.min(n, start + step));
    const keys = range(0, Math.min(m, start + step));
    const mask = x.mask?.at(range(), x.mask.shape[1] === 1 ? range() : rows, keys) ?? null;
    const part = {
      q: x.q.at(range(), rows),
      k: x.k.at(range(), keys),
      v: x.v.at(range(), keys),
      mask,
    };
    return plainAttention(part, block, start);
  });
  return concat(parts, 1);
}
