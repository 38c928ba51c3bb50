import { Inflate } from "fflate";
import { ArgumentError } from "../errors";
import { crc32 } from "./crc32";
import { refuse } from "./refuse";

/** A run of deflated bytes and what its container says it expands to. */
export interface Deflated {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly crc: number;
  /** What errors call it. */
  readonly field: string;
}

// Deflate cannot expand further than this: 258 bytes from two bits, with a byte to spare.
const maxRatio = 1032;
const chunkBytes = 1 << 14;

/**
 * Expands deflated bytes whose length and checksum are known.
 *
 * The declared length is held against what the input could possibly expand to before memory is taken
 * for it, and expansion stops as soon as it is exceeded, so that a lying container costs no more than
 * an honest one of its size.
 *
 * @throws ArgumentError if the stream is damaged, or its length or checksum differ from those declared
 */
export function inflateExactly(reader: string, deflated: Deflated): Uint8Array {
  const { bytes, length, field } = deflated;
  const possible = bytes.length * maxRatio;
  if (length > possible) {
    const expected = `at most the ${possible} bytes that ${bytes.length} deflated ones can hold`;
    refuse({ reader, field, expected, came: `${length} declared` });
  }
  const out = new Uint8Array(length);
  const filled = inflateInto(reader, deflated, out);
  if (filled !== length) refuse({ reader, field, expected: `${length} bytes`, came: `${filled}` });
  checkCrc(reader, field, out, deflated.crc);
  return out;
}

/** @throws ArgumentError if the bytes do not have the declared CRC-32 */
export function checkCrc(reader: string, field: string, bytes: Uint8Array, declared: number): void {
  const crc = crc32(bytes);
  if (crc === declared) return;
  const hex = (value: number): string => value.toString(16).padStart(8, "0");
  refuse({
    reader,
    field: `${field}, checksum`,
    expected: hex(declared),
    came: hex(crc),
    advice: "the file is damaged",
  });
}

function inflateInto(reader: string, deflated: Deflated, out: Uint8Array): number {
  const { bytes, field } = deflated;
  let filled = 0;
  const stream = new Inflate((part) => {
    if (filled + part.length > out.length) {
      refuse({ reader, field, expected: `${out.length} bytes`, came: "more" });
    }
    out.set(part, filled);
    filled += part.length;
  });
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const last = at + chunkBytes >= bytes.length;
    pushChunk(reader, field, stream, bytes.subarray(at, at + chunkBytes), last);
  }
  return filled;
}

function pushChunk(
  reader: string,
  field: string,
  stream: Inflate,
  chunk: Uint8Array,
  last: boolean,
): void {
  try {
    stream.push(chunk, last);
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    refuse({
      reader,
      field,
      expected: "a complete deflate stream",
      came: `a fault in it (${error instanceof Error ? error.message : String(error)})`,
      advice: "the file is damaged or cut short",
    });
  }
}
