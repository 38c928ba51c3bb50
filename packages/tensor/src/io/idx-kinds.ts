import type { DType } from "../dtype";
import type { ElementKind } from "./element-kinds";

/** The element types of IDX by their code in the third byte. */
export const kindOfIdx: ReadonlyMap<number, ElementKind> = new Map<number, ElementKind>([
  [0x08, "u8"],
  [0x09, "i8"],
  [0x0b, "i16"],
  [0x0c, "i32"],
  [0x0d, "f32"],
  [0x0e, "f64"],
]);

/** The IDX code of a tensor type, if the format has one. */
export function idxCodeOf(dtype: DType): number | undefined {
  for (const [code, kind] of kindOfIdx) if (kind === dtype) return code;
  return undefined;
}
