import { type DType, isFloat, limits } from "../../dtype";
import { floatOps, group, integerOps, move } from "./map-opcodes";

/** How elements are joined. */
export type ReduceKind = "sum" | "prod" | "max" | "min" | "any" | "all";

/** Every kind, in the kernels' order. */
export const reduceKinds: readonly ReduceKind[] = ["sum", "prod", "max", "min", "any", "all"];

/** What lanes hold, as the kernels count it. */
export const laneCodes: Record<DType, number> = { f32: 0, f64: 1, i32: 2, u32: 3, u8: 3, bool: 4 };

/** The kind that is meant for registers of a dtype: max and min of masks are any and all. */
export function kindFor(kind: ReduceKind, type: DType): ReduceKind {
  if (type !== "bool") return kind;
  return kind === "max" ? "any" : kind === "min" ? "all" : kind;
}

/** What the lanes of the result register hold: masks for any and all, numbers otherwise. */
export function lanesFor(kind: ReduceKind, width: 4 | 8, type: DType): DType {
  if (kind === "any" || kind === "all") return "bool";
  if (width === 8) return "f64";
  return type === "f64" ? "f32" : type === "bool" ? "i32" : type;
}

/** The neutral element of a reduction. */
export function neutralElement(kind: ReduceKind, lanes: DType): number {
  if (kind === "sum" || kind === "any") return 0;
  if (kind === "prod" || kind === "all") return 1;
  const [least, most] = limits[lanes] ?? [-Infinity, Infinity];
  return kind === "max" ? least : most;
}

/** The kernel operation that joins two blocks of lanes. */
export function joinOp(kind: ReduceKind, lanes: DType): number {
  if (kind === "any") return move.or;
  if (kind === "all") return move.and;
  const op = kind === "sum" ? "add" : kind === "prod" ? "mul" : kind;
  if (isFloat(lanes)) return (lanes === "f64" ? group.f64 : group.f32) + (floatOps[op] as number);
  return group.integer + (integerOps[op]?.[lanes === "i32" ? 0 : 1] as number);
}

/**
 * Blocks of columns that are joined lane by lane before they go on in f64.
 *
 * f32 sums must not grow long, and products of f32 leave its range easily.
 */
export const joinInterval = (kind: ReduceKind): number =>
  kind === "sum" ? 64 : kind === "prod" ? 1 : 2 ** 31 - 1;
