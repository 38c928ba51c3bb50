import { refuse } from "./refuse";

/** The contents of a file. */
export type Bytes = Uint8Array | ArrayBuffer;

const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

/**
 * A plain `Uint8Array` over the given bytes, without a copy.
 *
 * The type is told by its tag, so that arrays of another realm pass; a Node `Buffer`, whose `slice`
 * does not copy, becomes an ordinary array.
 */
export function toBytes(reader: string, input: Bytes): Uint8Array {
  if (tagOf(input) === "[object ArrayBuffer]") return new Uint8Array(input as ArrayBuffer);
  if (tagOf(input) === "[object Uint8Array]") {
    const view = input as Uint8Array;
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
  return refuse({
    reader,
    field: "bytes",
    expected: "a Uint8Array or an ArrayBuffer",
    came: input === null ? "null" : typeof input === "object" ? tagOf(input) : typeof input,
    advice: "read the file into memory first",
  });
}

/** A `DataView` over the same bytes. */
export const dataView = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Joins arrays of bytes end to end. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
