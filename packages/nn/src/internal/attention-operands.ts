import { ArgumentError, broadcastTo, ShapeError, type Tensor } from "@x/tensor";
import { checkTensor } from "./check";

/** Queries, keys, values and mask with their leading axes made one. */
export interface AttentionOperands {
  /** [b, n, d], not yet scaled. */
  readonly q: Tensor;
  /** [b, m, d]. */
  readonly k: Tensor;
  /** [b, m, e]. */
  readonly v: Tensor;
  /** bool or float [b or 1, n or 1, m]. */
  readonly mask: Tensor | null;
}

const shown = (x: Tensor): string => `[${x.shape.join(", ")}]`;

/**
 * Checks shapes and flattens leading axes.
 *
 * @throws ShapeError unless q [..., n, d], k [..., m, d], v [..., m, e] and mask broadcasts to [..., n, m]
 */
export function attentionOperands(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | undefined,
): AttentionOperands {
  for (const x of [q, k, v]) checkTensor("attention", x);
  const lead = q.shape.slice(0, -2);
  const fits =
    q.shape.length >= 2 &&
    [k, v].every((x) => x.shape.length === q.shape.length) &&
    lead.every((n, i) => k.shape[i] === n && v.shape[i] === n) &&
    q.shape.at(-1) === k.shape.at(-1) &&
    k.shape.at(-2) === v.shape.at(-2);
  if (!fits) {
    throw new ShapeError(
      `attention: expected queries [..., n, d], keys [..., m, d] and values [..., m, e] with equal leading axes; got ${shown(q)}, ${shown(k)} and ${shown(v)}`,
      { queries: q.shape, keys: k.shape, values: v.shape },
    );
  }
  const batch = lead.reduce((a, b) => a * b, 1);
  const flat = (x: Tensor): Tensor => x.reshape([batch, ...x.shape.slice(-2)]);
  const m = k.shape.at(-2) as number;
  return {
    q: flat(q),
    k: flat(k),
    v: flat(v),
    mask: mask === undefined ? null : flatMask(mask, lead, q.shape.at(-2) as number, m),
  };
}

function flatMask(mask: Tensor, lead: readonly number[], n: number, m: number): Tensor {
  if (!["bool", "f32", "f64"].includes(mask.dtype)) {
    throw new ArgumentError(
      `attention: expected a mask of bool (true takes part) or floats (added to the scores); got ${mask.dtype}; cast it`,
      { dtype: mask.dtype },
    );
  }
  const full = [...lead, n, m];
  const own = [...full.slice(mask.shape.length).map(() => 1), ...mask.shape];
  if (own.length !== full.length || own.some((d, i) => d !== 1 && d !== full[i])) {
    throw new ShapeError(
      `attention: expected a mask that broadcasts to [${full.join(", ")}]; got ${shown(mask)}`,
      { mask: mask.shape, scores: full },
    );
  }
  const rows = own.at(-2) as number;
  // A mask that all leading axes share stays one; otherwise there is one for each of them.
  const shared = own.slice(0, -2).every((d) => d === 1);
  const wide = shared ? [...lead.map(() => 1), rows, m] : [...lead, rows, m];
  const batch = shared ? 1 : lead.reduce((a, b) => a * b, 1);
  return broadcastTo(mask.reshape(own), wide).reshape([batch, rows, m]);
}
