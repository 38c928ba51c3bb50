import type { Aval, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import type { Tensor } from "../tensor";
import { batchToFront, moveAxis } from "./batching";
import { addTangents } from "./elementwise";
import { flip, reshape, transpose } from "./movement";

/** Parameters of a general convolution, as in XLA's `conv_general_dilated`. */
export interface ConvParams {
  readonly strides: readonly number[];
  /** Zeros before and after each spatial axis; negative amounts crop. */
  readonly padding: readonly (readonly [number, number])[];
  /** Spacing of the input's elements: zeros between neighbours. */
  readonly lhsDilation: readonly number[];
  /** Spacing of the kernel's taps. */
  readonly rhsDilation: readonly number[];
  readonly groups: number;
  readonly batchGroups: number;
}

const dilated = (n: number, d: number): number => (n === 0 ? 0 : (n - 1) * d + 1);

/** Spatial length of the output along one axis. */
const convLength = (
  input: number,
  window: number,
  stride: number,
  [lo, hi]: readonly [number, number],
  lhsDilation: number,
  rhsDilation: number,
): number =>
  Math.max(
    0,
    Math.floor((dilated(input, lhsDilation) + lo + hi - dilated(window, rhsDilation)) / stride) + 1,
  );

const swapFirst = (x: Tensor): Tensor =>
  transpose(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

/** [g·a, b, …] → [a, g·b, …]: moves a group factor from axis 0 to axis 1. */
function regroup(x: Tensor, groups: number): Tensor {
  if (groups === 1) return x;
  const [first, second, ...rest] = x.shape as [number, number, ...number[]];
  const split = reshape(x, [groups, first / groups, second, ...rest]);
  return reshape(moveAxis(split, 0, 1), [first / groups, groups * second, ...rest]);
}

/** Cotangent of the input: the output's cotangent convolved with the flipped, transposed kernel. */
function transposeInput(ct: Tensor, x: Aval, w: Tensor, p: ConvParams): Tensor {
  const spatial = w.shape.slice(2);
  const kernel = flip(
    swapFirst(regroup(w, p.groups * p.batchGroups)),
    spatial.map((_, i) => i + 2),
  );
  const padding = spatial.map((k, i): [number, number] => {
    const [lo] = p.padding[i] as readonly [number, number];
    const wide = dilated(k, p.rhsDilation[i] as number);
    const before = wide - lo - 1;
    const full = dilated(x.shape[i + 2] as number, p.lhsDilation[i] as number);
    const out = dilated(ct.shape[i + 2] as number, p.strides[i] as number);
    return [before, full + wide - 1 - out - before];
  });
  const result = conv(ct, kernel, {
    strides: p.lhsDilation,
    padding,
    lhsDilation: p.strides,
    rhsDilation: p.rhsDilation,
    groups: p.groups * p.batchGroups,
    batchGroups: 1,
  });
  if (p.batchGroups === 1) return result;
  // The batch groups came in as channel groups: [N/G, G·C, …] → [N, C, …].
  const [n, c, ...rest] = result.shape as [number, number, ...number[]];
  const g = p.batchGroups;
  return reshape(moveAxis(reshape(result, [n, g, c / g, ...rest]), 1, 0), [n * g, c / g, ...rest]);
}

/** Cotangent of the kernel: the input convolved with the output's cotangent, batch and channels exchanged. */
function transposeKernel(ct: Tensor, x: Tensor, w: Aval, p: ConvParams): Tensor {
  const spatial = w.shape.slice(2);
  const padding = spatial.map((k, i): [number, number] => {
    const [lo] = p.padding[i] as readonly [number, number];
    const full = dilated(x.shape[i + 2] as number, p.lhsDilation[i] as number);
    const out = dilated(ct.shape[i + 2] as number, p.strides[i] as number);
    return [lo, dilated(k, p.rhsDilation[i] as number) + out - 1 - full - lo];
  });
  // With x as [C, N, …] and ct as [O, N, …], the result is [C/groups, O, k…]; the two kinds of groups change roles.
  const result = conv(swapFirst(x), swapFirst(ct), {
    strides: p.rhsDilation,
    padding,
    lhsDilation: p.lhsDilation,
    rhsDilation: p.strides,
    groups: p.batchGroups,
    batchGroups: p.groups,
  });
  return swapFirst(result);
}

const convPrimitive: Primitive<ConvParams> = {
  name: "conv",
  shape: ([x, w], p) => {
    const { shape, dtype } = x as Aval;
    const kernel = (w as Aval).shape;
    const spatial = kernel
      .slice(2)
      .map((k, i) =>
        convLength(
          shape[i + 2] as number,
          k,
          p.strides[i] as number,
          p.padding[i] as readonly [number, number],
          p.lhsDilation[i] as number,
          p.rhsDilation[i] as number,
        ),
      );
    return [
      { shape: [(shape[0] as number) / p.batchGroups, kernel[0] as number, ...spatial], dtype },
    ];
  },
  jvp: ([x, w], [tx, tw], p) => ({
    primals: [conv(x as Tensor, w as Tensor, p)],
    tangents: [
      addTangents(
        tx == null ? null : conv(tx, w as Tensor, p),
        tw == null ? null : conv(x as Tensor, tw, p),
      ),
    ],
  }),
  transpose: ([ct], [x, w], p) =>
    ct == null
      ? [null, null]
      : [
          isUnknown(x!) ? transposeInput(ct, x, w as Tensor, p) : null,
          isUnknown(w!) ? transposeKernel(ct, x as Tensor, w, p) : null,
        ],
  batch: ([x, w], [ax, aw], size, p) => batchConv(x!, w!, ax ?? null, aw ?? null, size, p),
};

/** A batch of convolutions as one: it joins the batch axis, the output channels or the groups. */
function batchConv(
  x: Tensor,
  w: Tensor,
  ax: number | null,
  aw: number | null,
  size: number,
  p: ConvParams,
): ReturnType<Primitive["batch"]> {
  const g = p.groups * p.batchGroups;
  if (aw === null) {
    // [B, N, …] → one batch of B·N; with batch groups the group factor has to stay outermost.
    const front = moveAxis(x, ax as number, 0);
    const [b, n, ...rest] = front.shape as [number, number, ...number[]];
    const parts = reshape(front, [b, p.batchGroups, n / p.batchGroups, ...rest]);
    const joined = reshape(p.batchGroups === 1 ? front : moveAxis(parts, 1, 0), [b * n, ...rest]);
    const out = conv(joined, w, p);
    const [, ...tail] = out.shape;
    return { outputs: [reshape(out, [b, n / p.batchGroups, ...tail])], axes: [0] };
  }
  if (ax === null && g === 1) {
    // [B, O, …] → B·O output channels on one input.
    const front = moveAxis(w, aw, 0);
    const [b, o, ...rest] = front.shape as [number, number, ...number[]];
    const out = conv(x, reshape(front, [b * o, ...rest]), p);
    const [n, , ...spatial] = out.shape as [number, number, ...number[]];
    return { outputs: [reshape(out, [n, b, o, ...spatial])], axes: [1] };
  }
  // Both: the batch becomes an outer level of groups.
  const xs = batchToFront(x, ax, size);
  const ws = batchToFront(w, aw, size);
  const [b, o, ...wRest] = ws.shape as [number, number, ...number[]];
  const kernel = reshape(ws, [b * o, ...wRest]);
  const [, n, c, ...spatial] = xs.shape as [number, number, number, ...number[]];
  if (p.batchGroups === 1) {
    const joined = reshape(moveAxis(xs, 0, 1), [n, b * c, ...spatial]);
    const out = conv(joined, kernel, { ...p, groups: b * p.groups });
    const [, , ...tail] = out.shape as [number, number, ...number[]];
    return { outputs: [reshape(out, [n, b, o, ...tail])], axes: [1] };
  }
  const joined = reshape(xs, [b * n, c, ...spatial]);
  const out = conv(joined, kernel, { ...p, batchGroups: b * p.batchGroups });
  const [m, , ...tail] = out.shape as [number, number, ...number[]];
  return { outputs: [reshape(out, [m, b, o, ...tail])], axes: [1] };
}

/** General convolution (cross-correlation): [N, C, …s] * [O, C/groups, …k] → [N, O, …o]. */
export const conv = (x: Tensor, w: Tensor, params: ConvParams): Tensor =>
  bind1(convPrimitive, [x, w], params);
