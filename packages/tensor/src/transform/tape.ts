import type { Aval, LinearOperand, Primitive, Tangent } from "../internal/primitive";
import { bind, type Trace, type Tracer } from "../internal/trace";
import { constant } from "../primitives/constants";
import { addTangents } from "../primitives/elementwise";
import { Tensor } from "../tensor";

/** A tangent that is known only by its type: an edge of the linear program. */
export interface LinearVar extends Aval {
  readonly id: number;
}

interface LinearEquation {
  readonly primitive: Primitive;
  readonly inputs: readonly (LinearVar | Tensor)[];
  readonly params: unknown;
  readonly outputs: readonly LinearVar[];
}

/** The linear program that maps input tangents to output tangents, recorded while the function ran. */
export interface Tape {
  readonly inputs: readonly LinearVar[];
  readonly equations: readonly LinearEquation[];
  /** `null`: this output does not depend on the inputs. */
  readonly outputs: readonly (LinearVar | null)[];
}

interface LinearTracer extends Tracer {
  readonly variable: LinearVar;
}

const isVar = (x: LinearVar | Tensor): x is LinearVar => "id" in x;

/** Records the operations on tangents. */
export class LinearTrace implements Trace {
  readonly kind = "linear";
  active = true;
  readonly level: number;
  readonly equations: LinearEquation[] = [];
  #count = 0;
  constructor(level: number) {
    this.level = level;
  }

  /** A new unknown tangent. */
  fresh({ shape, dtype }: Aval): Tensor {
    const variable = { id: this.#count++, shape, dtype };
    return Tensor.traced(shape, dtype, { trace: this, variable } as LinearTracer);
  }

  /** The variable behind a tangent of this trace. */
  variable(x: Tensor): LinearVar | undefined {
    return x.tracer?.trace === this ? (x.tracer as LinearTracer).variable : undefined;
  }

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const outputs = primitive.shape(inputs, params).map((aval) => this.fresh(aval));
    this.equations.push({
      primitive,
      inputs: inputs.map((x) => this.variable(x) ?? x),
      params,
      outputs: outputs.map((x) => this.variable(x) as LinearVar),
    });
    return outputs;
  }
}

/**
 * Runs the linear program forwards.
 *
 * @param replace - stands in for the known operands, when they belong to another trace now
 */
export function playTape(
  tape: Tape,
  tangents: readonly Tangent[],
  replace: (x: Tensor) => Tensor = (x) => x,
): Tangent[] {
  const values = new Map<number, Tensor>();
  tape.inputs.forEach((v, i) => {
    const t = tangents[i];
    if (t != null) values.set(v.id, t);
  });
  for (const { primitive, inputs, params, outputs } of tape.equations) {
    if (!inputs.some((x) => isVar(x) && values.has(x.id))) continue;
    const operands = inputs.map((x) =>
      isVar(x) ? (values.get(x.id) ?? constant(0, x.shape, x.dtype)) : replace(x),
    );
    const results = bind(primitive, operands, params);
    outputs.forEach((v, i) => {
      values.set(v.id, results[i] as Tensor);
    });
  }
  return tape.outputs.map((v) => (v && values.get(v.id)) ?? null);
}

/** Runs the transpose of the linear program: cotangents of the outputs to cotangents of the inputs. */
export function transposeTape(
  tape: Tape,
  cotangents: readonly Tangent[],
  replace: (x: Tensor) => Tensor = (x) => x,
): Tangent[] {
  const sums = new Map<number, Tensor>();
  const accumulate = (v: LinearVar, ct: Tangent | undefined): void => {
    const sum = addTangents(sums.get(v.id) ?? null, ct ?? null);
    if (sum !== null) sums.set(v.id, sum);
  };
  tape.outputs.forEach((v, i) => {
    if (v !== null) accumulate(v, cotangents[i]);
  });
  for (let e = tape.equations.length - 1; e >= 0; e--) {
    const { primitive, inputs, params, outputs } = tape.equations[e] as LinearEquation;
    const cts = outputs.map((v) => sums.get(v.id) ?? null);
    for (const v of outputs) sums.delete(v.id);
    if (cts.every((ct) => ct === null)) continue;
    const operands = inputs.map(
      (x): LinearOperand =>
        isVar(x) ? { unknown: true, shape: x.shape, dtype: x.dtype } : replace(x),
    );
    // Derivatives are written in operations that have one.
    const transpose = primitive.transpose as NonNullable<Primitive["transpose"]>;
    const results = transpose(cts, operands, params);
    inputs.forEach((x, i) => {
      if (isVar(x)) accumulate(x, results[i]);
    });
  }
  return tape.inputs.map((v) => sums.get(v.id) ?? null);
}

/** The known operands of a tape: what has to be kept from the forward pass. */
export function knownOperands(tape: Tape): Tensor[] {
  const seen = new Set<Tensor>();
  for (const { inputs } of tape.equations) {
    for (const x of inputs) if (!isVar(x)) seen.add(x);
  }
  return [...seen];
}
