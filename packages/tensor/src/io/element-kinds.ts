import type { DType } from "../dtype";
import type { ReadSettings } from "./options";

/** Every element type that some file format can hold and that has a tensor type to go to. */
export type ElementKind =
  | DType
  | "i8"
  | "i16"
  | "u16"
  | "i64"
  | "u64"
  /** IEEE half precision. */
  | "f16"
  /** The upper half of an f32. */
  | "bf16";

const widths: Readonly<Record<ElementKind, number>> = {
  bool: 1,
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  f16: 2,
  bf16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  u64: 8,
  i64: 8,
  f64: 8,
};

/** Bytes of one element in the file. */
export const widthOf = (kind: ElementKind): number => widths[kind];

/** The tensor type that elements of a file are read as. */
export function dtypeOf(kind: ElementKind, settings: ReadSettings): DType {
  switch (kind) {
    case "i8":
    case "i16":
    case "u16":
      return "i32";
    case "f16":
    case "bf16":
      return "f32";
    case "i64":
      return settings.int64 === "f64" ? "f64" : "i32";
    case "u64":
      return settings.int64 === "f64" ? "f64" : "u32";
    default:
      return kind;
  }
}
