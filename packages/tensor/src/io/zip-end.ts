import { dataView } from "./bytes";
import { refuse } from "./refuse";

/** Where the central directory of a zip archive lies. */
export interface DirectoryRange {
  readonly start: number;
  readonly end: number;
  readonly entries: number;
}

const endBytes = 22;

/**
 * Finds the central directory through the record at the end of a zip archive, zip64 included.
 *
 * @throws ArgumentError if there is no such record, or it contradicts the file's length
 * @see APPNOTE 6.3.10, §4.3.14–16
 */
export function findDirectory(reader: string, file: Uint8Array): DirectoryRange {
  const view = dataView(file);
  const at = findEnd(reader, file, view);
  let recordStart = at;
  let entries = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  let disks = view.getUint16(at + 4, true) | view.getUint16(at + 6, true);
  if (at >= 20 && view.getUint32(at - 20, true) === 0x07064b50) {
    recordStart = zip64Record(reader, view, at - 20);
    disks = view.getUint32(recordStart + 16, true) | view.getUint32(recordStart + 20, true);
    entries = wide(view, recordStart + 32);
    size = wide(view, recordStart + 40);
    start = wide(view, recordStart + 48);
  }
  if (disks !== 0 || start + size !== recordStart || entries * 46 > size) {
    refuse({
      reader,
      field: "zip directory",
      expected: `${entries} entries that end at byte ${recordStart}, on one disk`,
      came: `${size} bytes from ${start}`,
      advice: "the file is cut short or damaged",
    });
  }
  return { start, end: recordStart, entries };
}

function findEnd(reader: string, file: Uint8Array, view: DataView): number {
  const lowest = Math.max(0, file.length - endBytes - 65_535);
  for (let at = file.length - endBytes; at >= lowest; at--) {
    const comment = file.length - at - endBytes;
    const found = view.getUint32(at, true) === 0x06054b50;
    if (found && view.getUint16(at + 20, true) === comment) return at;
  }
  return refuse({
    reader,
    field: "zip",
    expected: "an end-of-directory record",
    came: `none in ${file.length} bytes`,
    advice: "the file is cut short, or not npz",
  });
}

function zip64Record(reader: string, view: DataView, locator: number): number {
  const at = wide(view, locator + 8);
  if (at + 56 !== locator || view.getUint32(at, true) !== 0x06064b50) {
    const expected = `a record just before byte ${locator}`;
    refuse({ reader, field: "zip64 record", expected, came: `one at ${at}` });
  }
  return at;
}

/** A 64-bit number; beyond 2⁵³ it is rounded, and too large for any file either way. */
export const wide = (view: DataView, at: number): number =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
