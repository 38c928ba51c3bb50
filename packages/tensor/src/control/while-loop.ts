import { aligned } from "../cpu/arena";
import type { ControlLowering } from "../cpu/control-lowering";
import { CpuProgram } from "../cpu/program";
import { cpuRuntime } from "../cpu/runtime";
import type { View } from "../cpu/view";
import { bytesOf } from "../dtype";
import { ArgumentError, ShapeError, TraceError } from "../errors";
import { formatPlan } from "../graph/format-plan";
import { type Graph, runGraph, type Var } from "../graph/graph";
import { closeGraph, traceGraph } from "../graph/graph-trace";
import type { Primitive, Tangent } from "../internal/primitive";
import { isReadable } from "../internal/read";
import { sharedRuntime } from "../internal/runtime";
import { bind } from "../internal/trace";
import { toTensor } from "../ops/promote";
import { batchToFront } from "../primitives/batching";
import { cast, select } from "../primitives/elementwise";
import { broadcastInDim } from "../primitives/movement";
import { reduceAny } from "../primitives/reduction";
import { sameShape, showShape, sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { batchGraph, jvpGraph, pickTangents } from "../transform/graph-rules";
import { flatten, type Tree, unflatten } from "../tree";
import { runCompiled } from "./run-compiled";

/** Inputs: constants of the condition, constants of the body, carry. */
interface WhileParams {
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

const whilePrimitive: Primitive<WhileParams> & { lowerToCpu(params: unknown): ControlLowering } = {
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
    let nz = nzStart;
    for (;;) {
      const out = jvpGraph(body, [...nzConsts, ...nz]).nonzeroOut;
      const next = nz.map((f, i) => f || (out[i] as boolean));
      if (next.every((f, i) => f === nz[i])) break;
      nz = next;
    }
    const rule = jvpGraph(body, [...nzConsts, ...nz], nz);
    // [consts, carry, ċonsts, ċarry] → [consts, ċonsts, carry, ċarry]
    const n = body.inputs.length;
    const consts = rule.graph.inputs.slice(0, params.bodyConsts);
    const carry = rule.graph.inputs.slice(params.bodyConsts, n);
    const dConsts = rule.graph.inputs.slice(n, n + nzConsts.filter(Boolean).length);
    const dCarry = rule.graph.inputs.slice(n + dConsts.length);
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
    let at = carry.length;
    return {
      primals: out.slice(0, carry.length),
      tangents: nz.map((f): Tangent => (f ? (out[at++] as Tensor) : null)),
    };
  },

  linearize: () => {
    throw new TraceError(
      "grad: reverse mode through a whileLoop inside jit needs to know the number of steps beforehand; use scan with a fixed length (and where to stop early), or forward mode (jvp)",
    );
  },

  batch: (inputs, axes, size, params) => {
    const flags = axes.map((a) => a !== null);
    const [bc, bb, bStart] = parts(params, flags);
    const [ac, ab, ak] = parts(params, axes);
    let carried = bStart;
    let own = false;
    for (;;) {
      own = batchGraph(params.condition, [...bc, ...carried], size).batchedOut[0] as boolean;
      const out = batchGraph(params.body, [...bb, ...carried], size).batchedOut;
      const next = carried.map((f, i) => own || f || (out[i] as boolean));
      if (next.every((f, i) => f === carried[i])) break;
      carried = next;
    }
    const condition = batchGraph(params.condition, [...bc, ...carried], size).graph;
    const body = batchGraph(params.body, [...bb, ...carried], size, carried).graph;
    const [ic, ib, ik] = parts(params, inputs);
    const front = (xs: Tensor[], at: (number | null)[], on: readonly boolean[]): Tensor[] =>
      xs.map((x, i) => (on[i] ? batchToFront(x, at[i] ?? null, size) : x));
    const conditionInputs = front(ic, ac, bc);
    const operands = [...conditionInputs, ...front(ib, ab, bb), ...front(ik, ak, carried)];
    if (!own) {
      const outputs = bind(whilePrimitive, operands, { ...params, condition, body });
      return { outputs, axes: carried.map((f) => (f ? 0 : null)) };
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

const bytesFor = (v: Var): number => sizeOf(v.shape) * bytesOf(v.dtype);

/** A loop of two programs at fixed addresses over one carry. */
function lowerWhile(params: WhileParams): ControlLowering {
  const { condition, conditionConsts, body, bodyConsts } = params;
  const test = new CpuProgram(condition);
  const step = new CpuProgram(body);
  const carry = body.outputs;
  const start = aligned(Math.max(test.frameBytes, step.frameBytes));
  let frameBytes = start;
  const take = (v: Var): number => {
    const at = frameBytes;
    frameBytes += aligned(bytesFor(v));
    return at;
  };
  const before = carry.map(take);
  const after = carry.map(take);
  const flag = frameBytes;
  frameBytes += aligned(1);
  return {
    frameBytes,
    link(inputs, outputs, frame) {
      const address = (v: View): number => v.pointer;
      const from = before.map((at) => frame + at);
      const to = after.map((at) => frame + at);
      const tested = test.link({
        frame,
        inputs: [...inputs.slice(0, conditionConsts).map(address), ...from],
        outputs: [frame + flag],
      });
      const stepped = step.link({
        frame,
        inputs: [
          ...inputs.slice(conditionConsts, conditionConsts + bodyConsts).map(address),
          ...from,
        ],
        outputs: to,
      });
      const first = inputs.slice(conditionConsts + bodyConsts);
      const { heap } = cpuRuntime();
      const move = (target: number, source: number, v: Var): void => {
        heap.u8.copyWithin(target, source, source + bytesFor(v));
      };
      return {
        run() {
          carry.forEach((v, i) => {
            move(from[i] as number, (first[i] as View).pointer, v);
          });
          for (tested.run(); heap.u8[frame + flag] !== 0; tested.run()) {
            stepped.run();
            carry.forEach((v, i) => {
              move(from[i] as number, to[i] as number, v);
            });
          }
          carry.forEach((v, i) => {
            move((outputs[i] as View).pointer, from[i] as number, v);
          });
        },
        dispose() {
          tested.dispose();
          stepped.dispose();
        },
      };
    },
    describe: () => [
      { title: "while", lines: formatPlan("condition", test).split("\n") },
      { title: "do", lines: formatPlan("body", step).split("\n") },
    ],
    dispose() {
      test.dispose();
      step.dispose();
    },
  };
}

/**
 * Repeats a step for as long as a condition holds.
 *
 * Inside `jit` it compiles to one loop. It can be differentiated in forward mode; in reverse mode only outside of
 * `jit`, where the steps are simply carried out and recorded. Use `scan` where the number of steps is known.
 *
 * @param condition - carry → scalar, true (not 0) to go on
 * @param body - carry → next carry of the same structure, shapes and dtypes
 * @param init - first carry
 * @returns the carry for which the condition fails
 * @throws ShapeError when the carry changes its type, TraceError in reverse mode inside jit
 * @example
 * whileLoop((x: Tensor) => x.less(100), (x) => x.mul(2), tensor(1)).item() // 128
 */
export function whileLoop<C>(
  condition: (carry: C) => Tensor | boolean | number,
  body: (carry: C) => C,
  init: C,
): C {
  const flat = flatten(init as Tree<Tensor | number>);
  const leaves = flat.leaves.map((x) => toTensor(x));
  const group = (xs: readonly Tensor[]): C => unflatten(flat.structure, xs) as C;
  const test = (xs: readonly Tensor[]): Tensor => {
    const y = cast(toTensor(condition(group(xs))), "bool");
    if (y.shape.length === 0) return y;
    throw new ShapeError(
      `whileLoop: expected a scalar condition; got shape ${showShape(y.shape)}; reduce it with any() or all()`,
      { shape: y.shape },
    );
  };
  const next = (xs: readonly Tensor[]): Tensor[] => {
    const out = flatten(body(group(xs)) as Tree<Tensor | number>);
    if (out.structure.key !== flat.structure.key) {
      throw new ArgumentError(
        `whileLoop: expected the carry to keep its structure ${flat.structure.key}; the body returns ${out.structure.key}`,
      );
    }
    return out.leaves.map((y, i) => sameType(toTensor(y), leaves[i] as Tensor));
  };
  if (sharedRuntime().tracing === 0) {
    let state: readonly Tensor[] = leaves;
    let going = test(state);
    if (isReadable(going)) {
      for (; going.item() !== 0; going = test(state)) state = next(state);
      return group(state);
    }
  }
  const c = closeGraph(traceGraph((xs) => [test(xs)], leaves));
  const b = closeGraph(traceGraph(next, leaves));
  const out = bind(whilePrimitive, [...c.captured, ...b.captured, ...leaves], {
    condition: c.graph,
    conditionConsts: c.captured.length,
    body: b.graph,
    bodyConsts: b.captured.length,
  });
  return group(out);
}

function sameType(y: Tensor, x: Tensor): Tensor {
  if (sameShape(x.shape, y.shape) && x.dtype === y.dtype) return y;
  throw new ShapeError(
    `whileLoop: expected the carry to stay ${x.dtype} ${showShape(x.shape)}; the body returns ${y.dtype} ${showShape(y.shape)}; cast or reshape it`,
    { before: x.shape, after: y.shape },
  );
}
