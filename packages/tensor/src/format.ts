import { isFloat } from "./dtype";
import { primalOf } from "./internal/read";
import type { Tensor } from "./tensor";

/** Axes longer than this are shortened to their ends. */
const LONG = 12;
const ENDS = 4;

/** A number with five significant digits, and all digits before the point. */
function formatNumber(v: number): string {
  if (Number.isInteger(v) && Math.abs(v) < 1e7) return Object.is(v, -0) ? "-0" : String(v);
  if (!Number.isFinite(v)) return v > 0 ? "∞" : v < 0 ? "-∞" : "NaN";
  const size = Math.abs(v);
  if (size >= 1e6 || size < 1e-4) return v.toExponential(3);
  return size >= 1e5 ? v.toFixed(0) : String(Number(v.toPrecision(5)));
}

/** What to do about a traced scalar where a plain number is needed. */
export const numberHint = (x: Tensor): string =>
  x.tracer?.trace.kind === "graph" && x.rank === 0
    ? "; a number argument of jit stays one if named in static"
    : "";

/**
 * A tensor as text: dtype and shape, then rows and columns aligned, long axes shortened. Never throws: of
 * elements that cannot be read it says where they are.
 */
export function formatTensor(x: Tensor): string {
  const head = `${x.dtype}[${x.shape.join(", ")}]`;
  const known = primalOf(x);
  const storage = known?.concrete?.storage;
  if (known === undefined || storage === undefined)
    return `Tensor ${head} (traced${numberHint(x)})`;
  if (storage.donatedTo !== undefined) return `Tensor ${head} (donated to ${storage.donatedTo})`;
  if (storage.remote !== undefined) return `Tensor ${head} on ${storage.remote.device.name}`;
  const data = known.dataSync();
  const show = (v: number): string =>
    x.dtype === "bool" ? (v !== 0 ? "true" : "false") : isFloat(x.dtype) ? formatNumber(v) : `${v}`;
  if (x.shape.length === 0) return `Tensor ${head} ${show(data[0] as number)}`;
  const cells: string[] = [];
  const kept = (n: number): number[] =>
    n <= LONG
      ? Array.from({ length: n }, (_, i) => i)
      : [
          ...Array.from({ length: ENDS }, (_, i) => i),
          -1,
          ...Array.from({ length: ENDS }, (_, i) => n - ENDS + i),
        ];
  const walk = (axis: number, from: number): void => {
    const n = x.shape[axis] as number;
    const step = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    for (const i of kept(n)) {
      if (i < 0) continue;
      if (axis === x.shape.length - 1) cells.push(show(data[from + i] as number));
      else walk(axis + 1, from + i * step);
    }
  };
  walk(0, 0);
  const width = Math.max(0, ...cells.map((c) => c.length));
  let at = 0;
  const render = (axis: number): string => {
    const n = x.shape[axis] as number;
    const last = axis === x.shape.length - 1;
    const items = kept(n).map((i) => {
      if (i < 0) return "…";
      return last ? (cells[at++] as string).padStart(width) : render(axis + 1);
    });
    const gap = last ? ", " : `,${"\n".repeat(x.shape.length - axis - 1)}${" ".repeat(axis + 1)}`;
    return `[${items.join(gap)}]`;
  };
  return `Tensor ${head}\n${render(0)}`;
}
