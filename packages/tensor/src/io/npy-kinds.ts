import type { DType } from "../dtype";
import type { ElementKind } from "./element-kinds";
import { quote, refuse } from "./refuse";

const kinds: ReadonlyMap<string, ElementKind> = new Map<string, ElementKind>([
  ["b1", "bool"],
  ["u1", "u8"],
  ["i1", "i8"],
  ["u2", "u16"],
  ["i2", "i16"],
  ["f2", "f16"],
  ["u4", "u32"],
  ["i4", "i32"],
  ["f4", "f32"],
  ["u8", "u64"],
  ["i8", "i64"],
  ["f8", "f64"],
]);

/** The NumPy description of each tensor type, little-endian. */
export const npyDescription: Readonly<Record<DType, string>> = {
  bool: "|b1",
  u8: "|u1",
  i32: "<i4",
  u32: "<u4",
  f32: "<f4",
  f64: "<f8",
};

/** Reads NumPy's description of an element type, such as `<f4`. */
export function parseNpyDescription(
  reader: string,
  descr: string,
): { kind: ElementKind; bigEndian: boolean } {
  const order = descr[0] ?? "";
  const code = descr.slice(1);
  const kind = kinds.get(code);
  // "|" (order does not matter) only makes sense for single bytes.
  if (
    kind !== undefined &&
    (order === "<" || order === ">" || (order === "|" && code.endsWith("1")))
  ) {
    return { kind, bigEndian: order === ">" };
  }
  return refuse({
    reader,
    field: "descr",
    expected: `"<" or ">" and one of ${[...kinds.keys()].join(", ")}`,
    came: quote(descr),
    advice: code.startsWith("O")
      ? "Python objects are not read"
      : "convert the array in NumPy first",
  });
}
