import { dataView } from "./bytes";
import { quote, refuse } from "./refuse";
import { utf8 } from "./utf8";
import { findDirectory, wide } from "./zip-end";

/** One file of a zip archive, its lengths checked against the archive. */
export interface ZipEntry {
  readonly name: string;
  /** The stored bytes: deflated if `deflated`, else the contents themselves. */
  readonly bytes: Uint8Array;
  readonly deflated: boolean;
  /** Length of the contents. */
  readonly length: number;
  readonly crc: number;
}

interface Located {
  readonly entry: ZipEntry;
  readonly from: number;
  readonly to: number;
}

/**
 * Lists the files of a zip archive, strictly.
 *
 * Every range must lie in the archive and none may overlap another, which is how the worst archive bombs
 * are made; names must be unique and the local headers must agree with the directory.
 *
 * @throws ArgumentError at the first contradiction, or for encryption or another method than deflate
 * @see APPNOTE 6.3.10; for the bombs: Fifield, "A better zip bomb", WOOT 2019
 */
export function readZipDirectory(reader: string, file: Uint8Array): ZipEntry[] {
  const directory = findDirectory(reader, file);
  const located: Located[] = [];
  const names = new Set<string>();
  let at = directory.start;
  for (let i = 0; i < directory.entries; i++) {
    const { next, ...found } = readEntry(reader, file, at, directory);
    const { name } = found.entry;
    if (names.has(name)) {
      refuse({ reader, field: "zip directory", expected: "each name once", came: quote(name) });
    }
    names.add(name);
    located.push(found);
    at = next;
  }
  if (at !== directory.end) {
    const expected = `its end at byte ${directory.end}`;
    refuse({ reader, field: "zip directory", expected, came: `byte ${at}` });
  }
  checkDisjoint(reader, located);
  return located.map(({ entry }) => entry);
}

function readEntry(
  reader: string,
  file: Uint8Array,
  at: number,
  directory: { start: number; end: number },
): Located & { next: number } {
  const view = dataView(file);
  if (at + 46 > directory.end || view.getUint32(at, true) !== 0x02014b50) {
    damaged(reader, `an entry at byte ${at}`);
  }
  const nameEnd = at + 46 + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > directory.end) damaged(reader, `an entry at byte ${at} that fits`);
  const rawName = file.subarray(at + 46, nameEnd);
  const name = utf8(reader, rawName);
  const field = `entry ${quote(name)}`;
  const deflated = checkMethod(reader, field, view, at);
  const sizes = wideFields(reader, field, view, at, nameEnd, extraEnd);
  const from = dataStart(reader, field, file, sizes.offset, rawName);
  const to = from + sizes.stored;
  if (to > directory.start || (!deflated && sizes.stored !== sizes.length)) {
    const came = `${sizes.stored} stored, ${sizes.length} expanded, from byte ${from}`;
    refuse({ reader, field, expected: "lengths that fit the archive", came });
  }
  const crc = view.getUint32(at + 16, true);
  const bytes = file.subarray(from, to);
  const entry = { name, bytes, deflated, length: sizes.length, crc };
  return { entry, from: sizes.offset, to, next };
}

function checkMethod(reader: string, field: string, view: DataView, at: number): boolean {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  // Bits 0, 5, 6 and 13: encrypted, patch data, strongly encrypted, masked headers.
  if ((flags & 0x2061) !== 0 || (method !== 0 && method !== 8)) {
    const came = `method ${method}, flags ${flags}`;
    refuse({ reader, field, expected: "a stored or deflated, unencrypted file", came });
  }
  return method === 8;
}

/** Lengths and offset of an entry; those written as all ones are taken from the zip64 extra field. */
function wideFields(
  reader: string,
  field: string,
  view: DataView,
  at: number,
  extra: number,
  extraEnd: number,
): { stored: number; length: number; offset: number } {
  let zip64 = extraEnd;
  let zip64End = extraEnd;
  for (let p = extra; p + 4 <= extraEnd; ) {
    const end = p + 4 + view.getUint16(p + 2, true);
    if (view.getUint16(p, true) === 1 && end <= extraEnd) [zip64, zip64End] = [p + 4, end];
    p = end;
  }
  const widen = (narrow: number): number => {
    if (narrow !== 0xffffffff) return narrow;
    if (zip64 + 8 > zip64End) damaged(reader, `${field} to have a zip64 field`);
    zip64 += 8;
    return wide(view, zip64 - 8);
  };
  const length = widen(view.getUint32(at + 24, true));
  const stored = widen(view.getUint32(at + 20, true));
  return { length, stored, offset: widen(view.getUint32(at + 42, true)) };
}

function dataStart(
  reader: string,
  field: string,
  file: Uint8Array,
  offset: number,
  rawName: Uint8Array,
): number {
  const view = dataView(file);
  if (offset + 30 > file.length || view.getUint32(offset, true) !== 0x04034b50) {
    damaged(reader, `${field} to begin at byte ${offset}`);
  }
  const nameStart = offset + 30;
  const nameLength = view.getUint16(offset + 26, true);
  const sameName =
    nameLength === rawName.length && rawName.every((byte, i) => file[nameStart + i] === byte);
  if (!sameName) damaged(reader, `${field} to have the same name in both its headers`);
  return nameStart + nameLength + view.getUint16(offset + 28, true);
}

function checkDisjoint(reader: string, located: readonly Located[]): void {
  let end = 0;
  for (const { entry, from, to } of [...located].sort((a, b) => a.from - b.from)) {
    if (from < end) {
      const expected = `data from byte ${end} on, after the file before`;
      refuse({ reader, field: `entry ${quote(entry.name)}`, expected, came: `byte ${from}` });
    }
    end = to;
  }
}

function damaged(reader: string, expected: string): never {
  return refuse({
    reader,
    field: "zip directory",
    expected,
    came: "something else",
    advice: "the file is damaged",
  });
}
