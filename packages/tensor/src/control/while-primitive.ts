import type { ControlLowering } from "../cpu/control-lowering";
import { TraceError } from "../errors";
import { type Graph, runGraph } from "../graph/graph";
import { traceGraph } from "../graph/graph-trace";
import type { Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { select } from "../primitives/elementwise";
import { broadcastInDim } from "../primitives/movement";
import { reduceAny } from "../primitives/reduction";
import type { Tensor } from "../tensor";
import {
  batchGraph,
  batchOperands,
  fixpoint,
  frontAxes,
  jvpGraph,
  pickTangents,
  splitJvp,
} from "../transform/graph-rules";
import { runCompiled } from "./run-compiled";
import { lowerWhile } from "./while-cpu";

/** Inputs: constants of the condition, constants of the body, carry. */
export interface WhileParams {
  /** Of its constants and the carry. */
  readonly condition: Graph;
  readonly conditionConsts: number;
  /** Of its constants and the carry. */
  readonly body: Graph;
  readonly bodyConsts: number;
}

function parts<T>(
  { conditionConsts: c, bodyConsts: b }: WhileParams,
  list: readonly T[],
): [T[], T[], T[]] {
  return [list.slice(0, c), list.slice(c, c + b), list.slice(c + b)];
}

export const whilePrimitive: Primitive<WhileParams> & {
  lowerToCpu(params: unknown): ControlLowering;
} = {
  name: "whileLoop",
  lowerToCpu: (params) => lowerWhile(params as WhileParams),
  shape: (_inputs, { body }) => body.outputs,
  evaluate: (inputs, params) => runCompiled(whilePrimitive, inputs, params),

  jvp: (primals, tangents, params) => {
    const { body, condition, conditionConsts } = params;
    const [, nzConsts, nzStart] = parts(
      params,
      tangents.map((t) => t !== null),
    );
    const nz = fixpoint(nzStart, (c) => jvpGraph(body, [...nzConsts, ...c]).nonzeroOut);
    const rule = jvpGraph(body, [...nzConsts, ...nz], nz);
    // [consts, carry, ċonsts, ċarry] → [consts, ċonsts, carry, ċarry]
    const dCarry = [...rule.graph.inputs];
    const consts = dCarry.splice(0, params.bodyConsts);
    const carry = dCarry.splice(0, nz.length);
    const dConsts = dCarry.splice(0, nzConsts.filter(Boolean).length);
    const [pc, pb, pk] = parts(params, primals);
    const [, tb, tk] = parts(params, tangents);
    const out = bind(
      whilePrimitive,
      [...pc, ...pb, ...pickTangents(tb, pb, nzConsts), ...pk, ...pickTangents(tk, pk, nz)],
      {
        condition: { ...condition, inputs: [...condition.inputs, ...dCarry] },
        conditionConsts,
        body: { ...rule.graph, inputs: [...consts, ...dConsts, ...carry, ...dCarry] },
        bodyConsts: consts.length + dConsts.length,
      },
    );
    return splitJvp(out, nz);
  },

  linearize: () => {
    throw new TraceError(
      "grad: a whileLoop inside jit has no reverse mode, as the number of steps is unknown; use scan (and where to stop early) or jvp",
    );
  },

  batch: (inputs, axes, size, params) => {
    const flags = axes.map((a) => a !== null);
    const [bc, bb, bStart] = parts(params, flags);
    const [ac, ab, ak] = parts(params, axes);
    const ownCondition = (c: readonly boolean[]): boolean =>
      batchGraph(params.condition, [...bc, ...c], size).batchedOut[0] as boolean;
    const carried = fixpoint(bStart, (c) => {
      const own = ownCondition(c);
      return batchGraph(params.body, [...bb, ...c], size).batchedOut.map((b) => own || b);
    });
    const own = ownCondition(carried);
    const condition = batchGraph(params.condition, [...bc, ...carried], size).graph;
    const body = batchGraph(params.body, [...bb, ...carried], size, carried).graph;
    const [ic, ib, ik] = parts(params, inputs);
    const conditionInputs = batchOperands(ic, ac, bc, size);
    const operands = [
      ...conditionInputs,
      ...batchOperands(ib, ab, bb, size),
      ...batchOperands(ik, ak, carried, size),
    ];
    if (!own) {
      const outputs = bind(whilePrimitive, operands, { ...params, condition, body });
      return { outputs, axes: frontAxes(carried) };
    }
    // Examples stop at different times: go on until all have stopped, and let those that have keep their values.
    const anyLeft = traceGraph(
      (xs) => [reduceAny(runGraph(condition, xs)[0] as Tensor, [0])],
      condition.inputs,
    );
    const c = params.conditionConsts;
    const b = params.bodyConsts;
    const held = traceGraph(
      (xs) => {
        const state = xs.slice(c + b);
        const going = runGraph(condition, [...xs.slice(0, c), ...state])[0] as Tensor;
        const next = runGraph(body, [...xs.slice(c, c + b), ...state]);
        return next.map((y, i) =>
          select(broadcastInDim(going, y.shape, [0]), y, state[i] as Tensor),
        );
      },
      [...condition.inputs.slice(0, c), ...body.inputs],
    );
    const outputs = bind(whilePrimitive, [...conditionInputs, ...operands], {
      condition: anyLeft,
      conditionConsts: c,
      body: held,
      bodyConsts: c + b,
    });
    return { outputs, axes: carried.map(() => 0) };
  },
};
