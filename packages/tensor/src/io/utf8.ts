import { refuse } from "./refuse";

/** Decodes UTF-8 strictly: no replacement characters, and a byte-order mark is not dropped. */
export function utf8(reader: string, bytes: Uint8Array): string {
  try {
    // A copy, because browsers refuse to decode from shared memory.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice());
  } catch {
    return refuse({ reader, field: "header", expected: "UTF-8 text", came: "other bytes" });
  }
}
