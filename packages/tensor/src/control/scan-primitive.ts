import type { ControlLowering } from "../cpu/control-lowering";
import { type Graph, runGraph, type Var } from "../graph/graph";
import { traceGraph } from "../graph/graph-trace";
import type { Aval, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { batchToFront, moveAxis } from "../primitives/batching";
import { constantLike } from "../primitives/constants";
import { add } from "../primitives/elementwise";
import type { Tensor } from "../tensor";
import {
  batchGraph,
  fixpoint,
  jvpGraph,
  linearizeGraph,
  pickTangents,
  spreadTangents,
  transposeGraph,
} from "../transform/graph-rules";
import { runCompiled } from "./run-compiled";
import { lowerScan } from "./scan-cpu";

/** A loop: body inputs are constants, carry and one slice; outputs are the next carry and one result slice. */
export interface ScanParams {
  readonly body: Graph;
  readonly consts: number;
  readonly carry: number;
  readonly length: number;
  readonly reverse: boolean;
  /** In a linear loop: how many of the constants and of the slices are not linear (they come first). */
  readonly known?: { readonly consts: number; readonly xs: number };
}

/** The three parts of a list of operands, or of flags about them. */
function parts<T>({ consts, carry }: ScanParams, list: readonly T[]): [T[], T[], T[]] {
  return [list.slice(0, consts), list.slice(consts, consts + carry), list.slice(consts + carry)];
}

const stacked = (length: number, { shape, dtype }: Aval): Aval => ({
  shape: [length, ...shape],
  dtype,
});

export const scanPrimitive: Primitive<ScanParams> & {
  lowerToCpu(params: unknown): ControlLowering;
} = {
  name: "scan",
  lowerToCpu: (params) => lowerScan(params as ScanParams),
  shape: (_inputs, { body, carry, length }) =>
    body.outputs.map((v, i) => (i < carry ? v : stacked(length, v))),
  evaluate: (inputs, params) => runCompiled(scanPrimitive, inputs, params),

  jvp: (primals, tangents, params) => {
    const { body, carry, length, reverse } = params;
    const nonzero = tangents.map((t) => t !== null);
    const [nzConsts, nzStart, nzXs] = parts(params, nonzero);
    const nzCarry = fixpoint(nzStart, (c) =>
      jvpGraph(body, [...nzConsts, ...c, ...nzXs]).nonzeroOut.slice(0, carry),
    );
    const flags = [...nzConsts, ...nzCarry, ...nzXs];
    const rule = jvpGraph(body, flags, nzCarry);
    // [consts, carry, xs, ṫ consts, carry, xs] → [consts, ċonsts, carry, ċarry, xs, ẋs]
    const n = body.inputs.length;
    const [c, k, x] = parts(params, rule.graph.inputs.slice(0, n));
    const dots = rule.graph.inputs.slice(n);
    const dc = dots.splice(0, nzConsts.filter(Boolean).length);
    const dk = dots.splice(0, nzCarry.filter(Boolean).length);
    const m = body.outputs.length;
    const outs = rule.graph.outputs.slice(0, m);
    const dOuts = rule.graph.outputs.slice(m);
    const graph: Graph = {
      ...rule.graph,
      inputs: [...c, ...dc, ...k, ...dk, ...x, ...dots],
      outputs: [
        ...outs.slice(0, carry),
        ...dOuts.slice(0, dk.length),
        ...outs.slice(carry),
        ...dOuts.slice(dk.length),
      ],
    };
    const [pc, pk, px] = parts(params, primals);
    const [tc, tk, tx] = parts(params, tangents);
    const result = bind(
      scanPrimitive,
      [
        ...pc,
        ...pickTangents(tc, pc, nzConsts),
        ...pk,
        ...pickTangents(tk, pk, nzCarry),
        ...px,
        ...pickTangents(tx, px, nzXs),
      ],
      { body: graph, consts: c.length + dc.length, carry: carry + dk.length, length, reverse },
    );
    const ys = m - carry;
    const dCarry = result.slice(carry, carry + dk.length);
    const rest = result.slice(carry + dk.length);
    const dYs = rest.slice(ys);
    return {
      primals: [...result.slice(0, carry), ...rest.slice(0, ys)],
      tangents: spreadTangents([...dCarry, ...dYs], rule.nonzeroOut),
    };
  },

  linearize: (primals, nonzero, params) => {
    const { body, carry, length, reverse } = params;
    const [nzConsts, nzStart, nzXs] = parts(params, nonzero);
    const nzCarry = fixpoint(nzStart, (c) =>
      linearizeGraph(body, [...nzConsts, ...c, ...nzXs]).nonzeroOut.slice(0, carry),
    );
    const rule = linearizeGraph(body, [...nzConsts, ...nzCarry, ...nzXs], nzCarry);
    const [pc, pk, px] = parts(params, primals);
    const m = body.outputs.length;

    // Where each residual comes from: a constant, a slice of the inputs, or a value stacked by the forward loop.
    const isConst = (i: number): boolean => i < pc.length;
    const isSlice = (i: number): boolean => i >= pc.length + pk.length;
    const carried = rule.residuals.flatMap((r) =>
      "input" in r && !isConst(r.input) && !isSlice(r.input) ? [r.input] : [],
    );
    const forwardBody: Graph = {
      ...rule.forward,
      outputs: [...rule.forward.outputs, ...carried.map((i) => rule.forward.inputs[i] as Var)],
    };
    const result = bind(scanPrimitive, primals, { ...params, body: forwardBody });
    const keptAt = (k: number): Tensor => result[m + k] as Tensor;
    const fromConst: { value: Tensor; variable: Var }[] = [];
    const fromSlice: { value: Tensor; variable: Var }[] = [];
    rule.residuals.forEach((r, i) => {
      const fixed = "input" in r && isConst(r.input);
      const value =
        "kept" in r
          ? keptAt(r.kept)
          : fixed || isSlice(r.input)
            ? (primals[r.input] as Tensor)
            : keptAt(rule.kept + carried.indexOf(r.input));
      (fixed ? fromConst : fromSlice).push({ value, variable: rule.linear.inputs[i] as Var });
    });
    const dots = rule.linear.inputs.slice(rule.residuals.length);
    const dc = dots.splice(0, nzConsts.filter(Boolean).length);
    const dk = dots.splice(0, nzCarry.filter(Boolean).length);
    const linearBody: Graph = {
      ...rule.linear,
      inputs: [
        ...fromConst.map((r) => r.variable),
        ...dc,
        ...dk,
        ...fromSlice.map((r) => r.variable),
        ...dots,
      ],
    };
    return {
      primals: result.slice(0, m),
      tangent: (tangents) => {
        const [tc, tk, tx] = parts(params, tangents);
        const out = bind(
          scanPrimitive,
          [
            ...fromConst.map((r) => r.value),
            ...pickTangents(tc, pc, nzConsts),
            ...pickTangents(tk, pk, nzCarry),
            ...fromSlice.map((r) => r.value),
            ...pickTangents(tx, px, nzXs),
          ],
          {
            body: linearBody,
            consts: fromConst.length + dc.length,
            carry: dk.length,
            length,
            reverse,
            known: { consts: fromConst.length, xs: fromSlice.length },
          },
        );
        return spreadTangents(out, rule.nonzeroOut);
      },
    };
  },

  transpose: (cotangents, inputs, params) => {
    const { body, carry, length, reverse, known = { consts: 0, xs: 0 } } = params;
    const [c, k, x] = parts(params, body.inputs);
    const [rc, dc] = [c.slice(0, known.consts), c.slice(known.consts)];
    const [rx, dx] = [x.slice(0, known.xs), x.slice(known.xs)];
    const turned = transposeGraph(
      { ...body, inputs: [...rc, ...rx, ...dc, ...k, ...dx] },
      rc.length + rx.length,
    );
    // Constants collect their cotangents in the carry.
    const ys = body.outputs.slice(carry);
    const back = traceGraph(
      (args) => {
        const list = [...args];
        const consts = list.splice(0, rc.length);
        const ctCarry = list.splice(0, carry);
        const sums = list.splice(0, dc.length);
        const slices = list.splice(0, rx.length);
        const out = runGraph(turned, [...consts, ...slices, ...ctCarry, ...list]);
        const ctConsts = out.slice(0, dc.length);
        return [
          ...out.slice(dc.length, dc.length + carry),
          ...sums.map((s, i) => add(s, ctConsts[i] as Tensor)),
          ...out.slice(dc.length + carry),
        ];
      },
      [...rc, ...k, ...dc, ...rx, ...ys],
    );
    const [ic, , ix] = parts(params, inputs);
    const zero = (aval: Aval): Tensor => constantLike(aval, 0);
    const result = bind(
      scanPrimitive,
      [
        ...(ic.slice(0, rc.length) as Tensor[]),
        ...k.map((v, i) => cotangents[i] ?? zero(v)),
        ...dc.map(zero),
        ...(ix.slice(0, rx.length) as Tensor[]),
        ...ys.map((v, i) => cotangents[carry + i] ?? zero(stacked(length, v))),
      ],
      { body: back, consts: rc.length, carry: carry + dc.length, length, reverse: !reverse },
    );
    return [
      ...rc.map(() => null),
      ...result.slice(carry, carry + dc.length),
      ...result.slice(0, carry),
      ...rx.map(() => null),
      ...result.slice(carry + dc.length),
    ];
  },

  batch: (inputs, axes, size, params) => {
    const { body, carry } = params;
    const batched = axes.map((a) => a !== null);
    const [bConsts, bStart, bXs] = parts(params, batched);
    const bCarry = fixpoint(bStart, (c) =>
      batchGraph(body, [...bConsts, ...c, ...bXs], size).batchedOut.slice(0, carry),
    );
    const rule = batchGraph(body, [...bConsts, ...bCarry, ...bXs], size, bCarry);
    const operands = inputs.map((value, i) => {
      const axis = axes[i] ?? null;
      if (i < params.consts) return axis === null ? value : moveAxis(value, axis, 0);
      if (i < params.consts + carry) {
        return bCarry[i - params.consts] ? batchToFront(value, axis, size) : value;
      }
      return axis === null ? value : moveAxis(value, axis, 1);
    });
    const outputs = bind(scanPrimitive, operands, { ...params, body: rule.graph });
    return {
      outputs,
      axes: rule.batchedOut.map((b, i) => (b ? (i < carry ? 0 : 1) : null)),
    };
  },
};
