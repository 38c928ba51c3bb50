import type { DType } from "../dtype";
import type { ElementKind } from "./element-kinds";

const pairs: readonly (readonly [name: string, kind: ElementKind])[] = [
  ["BOOL", "bool"],
  ["U8", "u8"],
  ["I8", "i8"],
  ["I16", "i16"],
  ["U16", "u16"],
  ["F16", "f16"],
  ["BF16", "bf16"],
  ["I32", "i32"],
  ["U32", "u32"],
  ["F32", "f32"],
  ["F64", "f64"],
  ["I64", "i64"],
  ["U64", "u64"],
];

/** The readable element types of safetensors by their name in the header. */
export const kindOfSafetensors: ReadonlyMap<string, ElementKind> = new Map(pairs);

/**
 * The name of a tensor type in a safetensors header, and its rank in the reference writer's order,
 * which puts wide types first so that every array is aligned.
 */
export function safetensorsName(dtype: DType): { readonly name: string; readonly rank: number } {
  const rank = pairs.findIndex(([, kind]) => kind === dtype);
  return { name: (pairs[rank] as readonly [string, ElementKind])[0], rank };
}
