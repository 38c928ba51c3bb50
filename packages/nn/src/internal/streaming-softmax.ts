import {
  arange,
  customVjp,
  full,
  pad,
  scan,
  stopGradient,
  type Tensor,
  where,
  zeros,
  zerosLike,
} from "@x/tensor";
import type { AttentionOperands } from "./attention-operands";

/** What softmax attention needs to know besides its operands. */
export interface SoftmaxOptions {
  /** Query i sees keys up to i + causal only; null for all. */
  readonly causal: number | null;
  /** Keys in a block. */
  readonly block: number;
}

/** A block of keys, of values and of the mask, and its number. */
interface Block {
  readonly k: Tensor;
  readonly v: Tensor;
  readonly mask: Tensor | null;
  readonly index: Tensor;
}

/** Blocks along axis 0. */
type Blocks = Omit<Block, "index">;

/** [b, m, d] → [blocks, b, block, d], with zeros at the end. */
function rowsInBlocks(x: Tensor, block: number): Tensor {
  const [b, m, d] = x.shape as [number, number, number];
  const count = Math.ceil(m / block);
  const whole = count * block === m ? x : pad(x, [0, [0, count * block - m], 0]);
  return whole.reshape([b, count, block, d]).transpose([1, 0, 2, 3]);
}

/** [b, n, m] → [blocks, b, n, block]. */
function columnsInBlocks(x: Tensor, block: number): Tensor {
  const [b, n, m] = x.shape as [number, number, number];
  const count = Math.ceil(m / block);
  const whole = count * block === m ? x : pad(x, [0, 0, [0, count * block - m]]);
  return whole.reshape([b, n, count, block]).transpose([2, 0, 1, 3]);
}

const count = (n: number): Tensor => arange(n, { dtype: "i32" });

/** Scores of queries with a block of keys; −∞ where a key takes no part or there is none any more. */
function scoresOf(q: Tensor, part: Block, keys: number, options: SoftmaxOptions): Tensor {
  const { causal, block } = options;
  let scores = q.matmul(part.k.swapAxes(-1, -2));
  if (part.mask !== null) {
    scores =
      part.mask.dtype === "bool"
        ? where(part.mask, scores, -Infinity)
        : scores.add(part.mask.cast(scores.dtype));
  }
  const key = count(block).add(part.index.mul(block));
  if (keys % block !== 0) scores = where(key.less(keys), scores, -Infinity);
  if (causal === null) return scores;
  const query = count(q.shape[1] as number).reshape([-1, 1]);
  return where(key.lessEqual(query.add(causal)), scores, -Infinity);
}

const keep = { keepDims: true };

/** Result [b, n, e] and log of the sums of exponentials [b, n, 1], ∞ for rows without a key. */
function forward(
  q: Tensor,
  blocks: Blocks,
  keys: number,
  options: SoftmaxOptions,
): [out: Tensor, logSum: Tensor] {
  const [b, n] = q.shape as [number, number, number];
  const dtype = q.dtype === "f64" ? "f64" : "f32";
  const start = {
    max: full([b, n, 1], -Infinity, { dtype }),
    sum: zeros([b, n, 1], { dtype }),
    acc: zeros([b, n, blocks.v.shape.at(-1) as number], { dtype }),
  };
  const [{ max, sum, acc }] = scan(
    (carry: typeof start, part: Block) => {
      const s = scoresOf(q, part, keys, options);
      const top = carry.max.maximum(s.max(-1, keep));
      // −∞ − (−∞) is NaN: a row that has met no key yet is measured from 0.
      const from = where(top.equal(-Infinity), 0, top);
      const shrink = carry.max.sub(from).exp();
      const p = s.sub(from).exp();
      return [
        {
          max: top,
          sum: carry.sum.mul(shrink).add(p.sum(-1, keep)),
          acc: carry.acc.mul(shrink).add(p.matmul(part.v)),
        },
        null,
      ];
    },
    start,
    { ...blocks, index: count(blocks.k.shape[0] as number) },
  );
  const empty = sum.equal(0);
  const total = where(empty, 1, sum);
  return [acc.div(total), where(empty, Infinity, max.add(total.log()))];
}

/** Cotangents: p = e^{s − L} again, block by block; D = Σ dO ⊙ O, dS = p ⊙ (dO Vᵀ − D). */
function backward(
  q: Tensor,
  blocks: Blocks,
  [out, logSum]: readonly [Tensor, Tensor],
  g: Tensor,
  keys: number,
  options: SoftmaxOptions,
): [dq: Tensor, dk: Tensor, dv: Tensor, dmask: Tensor | null] {
  const { mask } = blocks;
  const along = g.mul(out).sum(-1, keep);
  const sharedAxes = mask === null ? [] : [0, 1].filter((axis) => mask.shape[axis + 1] === 1);
  const [dq, { dk, dv, dmask }] = scan(
    (sum: Tensor, part: Block) => {
      const p = scoresOf(q, part, keys, options).sub(logSum).exp();
      const ds = p.mul(g.matmul(part.v.swapAxes(-1, -2)).sub(along));
      const shares = {
        dk: ds.swapAxes(-1, -2).matmul(q),
        dv: p.swapAxes(-1, -2).matmul(g),
        dmask: mask === null || mask.dtype === "bool" ? null : ds.sum(sharedAxes, keep),
      };
      return [sum.add(ds.matmul(part.k)), shares];
    },
    zerosLike(q),
    { ...blocks, index: count(blocks.k.shape[0] as number) },
  );
  return [dq, dk, dv, dmask];
}

/**
 * Softmax attention whose memory grows with the number of queries and keys, not with their product: keys pass in
 * blocks, with a running maximum and sum for each query, and once more in the backward pass.
 *
 * @see Milakov & Gimelshein 2018; Rabe & Staats 2021; Dao et al. 2022, algorithms 1 and 2
 */
export function streamingAttention(operands: AttentionOperands, options: SoftmaxOptions): Tensor {
  const { q, k, v, mask } = operands;
  const { block } = options;
  const keys = k.shape[1] as number;
  const attention = (q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null): Tensor =>
    forward(q, { k, v, mask }, keys, options)[0];
  // Refusals of forward mode call it by this name, which bundlers would change.
  Object.defineProperty(attention, "name", { value: "attention" });
  const attend = customVjp(
    attention,
    (q, k, v, mask) => {
      const [out, logSum] = forward(q, { k, v, mask }, keys, options);
      return [out, { q, k, v, mask, out, logSum }];
    },
    ({ q, k, v, mask, out, logSum }, g) =>
      backward(q, { k, v, mask }, [out, logSum], g, keys, options),
  );
  return attend(
    q,
    rowsInBlocks(k, block),
    rowsInBlocks(v, block),
    mask === null ? null : columnsInBlocks(mask, block),
  );
}

/** Softmax attention with all scores at once, for few keys. Differentiable in any mode. */
export function directAttention(
  { q, k, v, mask }: AttentionOperands,
  causal: number | null,
): Tensor {
  const keys = k.shape[1] as number;
  const s = scoresOf(q, { k, v, mask, index: count(1).reshape([]) }, keys, { causal, block: keys });
  const top = s.max(-1, keep);
  // The result does not depend on what is subtracted.
  const p = s.sub(stopGradient(where(top.equal(-Infinity), 0, top))).exp();
  const sum = p.sum(-1, keep);
  return p.matmul(v).div(where(sum.equal(0), 1, sum));
}
