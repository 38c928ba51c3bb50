import { dataView } from "./bytes";
import { inflateExactly } from "./inflate";
import type { ReadSettings } from "./options";
import { refuse } from "./refuse";

/** True if the bytes begin as a gzip file does. */
export const isGzip = (file: Uint8Array): boolean => file[0] === 0x1f && file[1] === 0x8b;

/**
 * Expands a gzip file of one member, checking its length and checksum.
 *
 * @throws ArgumentError for a damaged or truncated file, bytes after it, or more than `maxBytes`
 * @see RFC 1952
 */
export function gunzip(file: Uint8Array, settings: ReadSettings): Uint8Array {
  const { reader, maxBytes } = settings;
  const start = memberHeaderEnd(reader, file);
  const trailer = file.length - 8;
  if (start > trailer) truncated(reader, file);
  const view = dataView(file);
  const crc = view.getUint32(trailer, true);
  const length = view.getUint32(trailer + 4, true);
  if (length > maxBytes) {
    refuse({
      reader,
      field: "gzip length",
      expected: `at most ${maxBytes} bytes`,
      came: `${length}`,
      advice: "raise options.maxBytes if the file is to be trusted",
    });
  }
  const bytes = file.subarray(start, trailer);
  return inflateExactly(reader, { bytes, length, crc, field: "gzip data" });
}

function memberHeaderEnd(reader: string, file: Uint8Array): number {
  const [method, flags] = [file[2], file[3] ?? 0];
  if (method !== 8 || (flags & 0xe0) !== 0) {
    const came = `method ${method}, flags ${flags}`;
    refuse({ reader, field: "gzip header", expected: "method 8, known flags", came });
  }
  let at = 10;
  if (flags & 4) at += 2 + (file[at] ?? 0) + 256 * (file[at + 1] ?? 0);
  // A name and a comment, each ended by a zero byte.
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const end = file.indexOf(0, at);
    if (end < 0) truncated(reader, file);
    at = end + 1;
  }
  if (flags & 2) at += 2;
  return at;
}

function truncated(reader: string, file: Uint8Array): never {
  return refuse({
    reader,
    field: "gzip",
    expected: "a header, data and 8 bytes of trailer",
    came: `${file.length} bytes`,
    advice: "the file is cut short",
  });
}
