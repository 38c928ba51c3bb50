import type { DType, TypedArray } from "../dtype";
import type { Shape } from "../shape";
import type { Tensor } from "../tensor";

/** What is known of a value before it is computed. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A linear input of an equation that is being transposed: only its type is known. */
export interface Unknown extends Aval {
  readonly unknown: true;
}

/** An operand in a transpose rule. */
export type LinearOperand = Tensor | Unknown;

/** True for the operand that a transpose rule differentiates with respect to. */
export const isUnknown = (x: LinearOperand): x is Unknown => "unknown" in x;

/** A tangent or cotangent; `null` is a symbolic zero. */
export type Tangent = Tensor | null;

/** Result of a forward-mode rule. */
export interface JvpResult {
  readonly primals: readonly Tensor[];
  readonly tangents: readonly Tangent[];
}

/** Result of a batching rule: outputs and the axis that carries the batch (`null`: not batched). */
export interface BatchResult {
  readonly outputs: readonly Tensor[];
  readonly axes: readonly (number | null)[];
}

/**
 * One operation of the closed set that everything else is made of, with all its rules in one place.
 */
export interface Primitive<P = unknown> {
  readonly name: string;
  /** Output shapes and dtypes. Inputs were checked where the user called. */
  shape(inputs: readonly Aval[], params: P): readonly Aval[];
  /** Forward-mode rule; absent where the operation has no derivative (integer or boolean results). */
  jvp?(primals: readonly Tensor[], tangents: readonly Tangent[], params: P): JvpResult;
  /** Cotangents of the unknown inputs (`null` for the others), for operations that are linear in them. */
  transpose?(
    cotangents: readonly Tangent[],
    inputs: readonly LinearOperand[],
    params: P,
  ): readonly Tangent[];
  /** How to apply the operation to a batch at once; `primitive` is the operation itself. */
  batch(
    inputs: readonly Tensor[],
    axes: readonly (number | null)[],
    size: number,
    params: P,
    primitive: Primitive<P>,
  ): BatchResult;
  /** For operations that only rename elements: where the output's elements are, if no copy is needed. */
  view?(input: Layout, output: Shape, params: P): Omit<Layout, "shape"> | undefined;
  /** For operations computed in plain TypeScript on contiguous arrays. */
  host?(arrays: readonly TypedArray[], inputs: readonly Aval[], params: P): readonly TypedArray[];
  /** For operations that hold sub-programs: how to run on concrete values. */
  evaluate?(inputs: readonly Tensor[], params: P): readonly Tensor[];
  /**
   * For operations that hold sub-programs: primal outputs and a function from tangents
   * of the inputs to tangents of the outputs, written with operations that are linear in them.
   */
  linearize?(
    primals: readonly Tensor[],
    nonzero: readonly boolean[],
    params: P,
  ): {
    readonly primals: readonly Tensor[];
    tangent(tangents: readonly Tangent[]): readonly Tangent[];
  };
}

/** How a strided window maps indices to elements of its storage. */
export interface Layout {
  readonly shape: Shape;
  /** Element at index 0 of every axis, in elements. */
  readonly offset: number;
  readonly strides: readonly number[];
}
