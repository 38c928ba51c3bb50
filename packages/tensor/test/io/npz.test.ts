import fc from "fast-check";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/creation";
import { ArgumentError } from "../../src/errors";
import { readNpz, writeNpz } from "../../src/io";
import type { Tensor } from "../../src/tensor";
import { anyTensors, bitsOfAll } from "./arrays";
import { npzFiles } from "./golden";

const one = tensor(new Uint8Array([7]), { dtype: "u8" });
const zeros = tensor(new Uint8Array(100_000), { dtype: "u8" });

/** `bytes` with a little-endian number written `at` bytes after the first (or last) zip signature. */
function lie(
  bytes: Uint8Array,
  signature: number,
  at: number,
  value: number,
  width: 2 | 4,
): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  let record = copy.length - 4;
  while (view.getUint32(record, true) !== signature) record--;
  if (width === 2) view.setUint16(record + at, value, true);
  else view.setUint32(record + at, value, true);
  return copy;
}

/** The local records and the directory entry of an archive of one file. */
function partsOf(bytes: Uint8Array): { records: Uint8Array; directory: Uint8Array } {
  const start = new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
  return { records: bytes.slice(0, start), directory: bytes.slice(start, -22) };
}

/** An archive of given local records and directory entries. */
function archive(records: Uint8Array, directory: readonly Uint8Array[]): Uint8Array {
  const length = directory.reduce((sum, entry) => sum + entry.length, 0);
  const record = new DataView(new ArrayBuffer(22));
  record.setUint32(0, 0x06054b50, true);
  record.setUint16(8, directory.length, true);
  record.setUint16(10, directory.length, true);
  record.setUint32(12, length, true);
  record.setUint32(16, records.length, true);
  const parts = [...directory.flatMap((entry) => [...entry]), ...new Uint8Array(record.buffer)];
  return new Uint8Array([...records, ...parts]);
}

const local = 0x04034b50;
const central = 0x02014b50;
const end = 0x06054b50;

describe("npz", () => {
  it.each(npzFiles)("readNpz reads what numpy.$name wrote", (golden) => {
    expect(bitsOfAll(readNpz(golden.file))).toEqual(golden.expected);
  });

  it.each([false, true])("what was written is read back bit for bit, compress: %s", (compress) => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const read = readNpz(writeNpz(tensors, { compress }));
        expect(Object.getPrototypeOf(read)).toBeNull();
        expect(bitsOfAll(read)).toEqual(new Map([...bitsOfAll(tensors)].sort()));
      }),
    );
  });

  it("writeNpz depends on the contents alone, and compress makes it smaller", () => {
    const plain = writeNpz({ zeros, one });
    expect(plain).toEqual(writeNpz({ one, zeros }));
    expect(plain.length).toBeGreaterThan(100_000);
    expect(writeNpz({ zeros, one }, { compress: true }).length).toBeLessThan(1000);
  });

  const stored = writeNpz({ one });
  const deflated = writeNpz({ zeros }, { compress: true });
  it.each<[why: string, bytes: Uint8Array, text: RegExp]>([
    ["an empty file", new Uint8Array(0), /end-of-directory record; got none in 0 bytes/],
    ["a file cut short", stored.subarray(0, -1), /end-of-directory record/],
    ["bytes after the archive", new Uint8Array([...stored, 0]), /end-of-directory record/],
    ["bytes before the archive", new Uint8Array([0, ...stored]), /zip directory/],
    ["a second disk", lie(stored, end, 4, 1, 2), /on one disk/],
    ["more entries than there are", lie(stored, end, 10, 2, 2), /zip directory/],
    ["fewer entries than there are", lie(stored, end, 10, 0, 2), /its end at byte/],
    ["a directory elsewhere", lie(stored, end, 16, 0, 4), /zip directory/],
    ["an entry that begins elsewhere", lie(stored, central, 42, 5, 4), /to begin at byte 5/],
    [
      "an entry beyond the file",
      lie(stored, central, 42, 0xfffffffe, 4),
      /to begin at byte 4294967294/,
    ],
    ["a zip64 mark without its field", lie(stored, central, 42, 0xffffffff, 4), /a zip64 field/],
    ["encryption", lie(stored, central, 8, 1, 2), /unencrypted file; got method 0, flags 1/],
    ["another method", lie(stored, central, 10, 12, 2), /stored or deflated, .*; got method 12/],
    ["another name in the local header", lie(stored, local, 30, 0x2e78, 2), /same name in both/],
    [
      "a stored length that differs",
      lie(stored, central, 20, 5, 4),
      /lengths that fit the archive/,
    ],
    [
      "lengths beyond the file",
      lie(lie(stored, central, 20, 1e6, 4), central, 24, 1e6, 4),
      /lengths that fit/,
    ],
    ["a wrong checksum", lie(stored, central, 16, 1, 4), /checksum: expected 00000001; got/],
    [
      "a wrong checksum of deflated data",
      lie(deflated, central, 16, 1, 4),
      /checksum: expected 00000001/,
    ],
    [
      "an impossible length",
      lie(deflated, central, 24, 0x7fffffff, 4),
      /deflated ones can hold; got 2147483647/,
    ],
    [
      "a length that is too short",
      lie(deflated, central, 24, 1000, 4),
      /expected 1000 bytes; got more/,
    ],
    [
      "a length that is too long",
      lie(deflated, central, 24, 100_500, 4),
      /expected 100500 bytes; got 100128/,
    ],
    ["a broken stream", lie(deflated, local, 39, 0xffffffff, 4), /deflate stream; got a fault/],
    [
      "a file that is no array",
      zipSync({ "a.txt": strToU8("text") }),
      /name that ends in ".npy"; got "a.txt"/,
    ],
    ["an array that is none", zipSync({ "a.npy": strToU8("text") }), /readNpz: entry "a": magic/],
  ])("readNpz refuses %s", (_, bytes, text) => {
    expect(() => readNpz(bytes)).toThrow(ArgumentError);
    expect(() => readNpz(bytes)).toThrow(text);
  });

  it("readNpz refuses two entries of one name", () => {
    const { records, directory } = partsOf(writeNpz({ one }));
    expect(() => readNpz(archive(records, [directory, directory]))).toThrow(
      /each name once; got "one.npy"/,
    );
  });

  it("readNpz refuses a file inside another one's data, and accepts them side by side", () => {
    const inner = partsOf(writeNpz({ one }));
    const outer = partsOf(zipSync({ "a.npy": [inner.records, { level: 0 }] }));
    const shift = (directory: Uint8Array, by: number): Uint8Array => {
      const copy = directory.slice();
      new DataView(copy.buffer).setUint32(42, by, true);
      return copy;
    };
    const startOfData = 30 + "a.npy".length;
    const nested = archive(outer.records, [outer.directory, shift(inner.directory, startOfData)]);
    expect(() => readNpz(nested)).toThrow(/entry "one.npy": expected data from byte/);

    const other = partsOf(writeNpz({ two: one }));
    const both = new Uint8Array([...inner.records, ...other.records]);
    const directories = [inner.directory, shift(other.directory, inner.records.length)];
    expect(Object.keys(readNpz(archive(both, directories)))).toEqual(["one", "two"]);
  });

  it("readNpz reads zip64 archives, whose lengths stand in extra fields", () => {
    const { records, directory } = partsOf(writeNpz({ one }));
    const view = new DataView(directory.buffer, directory.byteOffset);
    const numbers = [24, 20, 42].map((at) => view.getUint32(at, true));
    const extra = [1, 0, 24, 0, ...numbers.flatMap((n) => [n & 255, n >> 8, 0, 0, 0, 0, 0, 0])];
    const entry = new Uint8Array([...directory, ...extra]);
    for (const at of [20, 24, 42]) entry.fill(255, at, at + 4);
    entry[30] = extra.length;
    const record = new Uint8Array(56 + 20);
    const wide = new DataView(record.buffer);
    wide.setUint32(0, 0x06064b50, true);
    wide.setUint32(32, 1, true);
    wide.setUint32(40, entry.length, true);
    wide.setUint32(48, records.length, true);
    wide.setUint32(56, 0x07064b50, true);
    wide.setUint32(64, records.length + entry.length, true);
    const end = archive(new Uint8Array(0), []).fill(255, 8, 20);
    const bytes = new Uint8Array([...records, ...entry, ...record, ...end]);
    expect(bitsOfAll(readNpz(bytes))).toEqual(bitsOfAll({ one }));
    wide.setUint32(44, 1, true);
    const lying = new Uint8Array([...records, ...entry, ...record, ...end]);
    expect(() => readNpz(lying)).toThrow(`got ${2 ** 32 + entry.length} bytes`);
  });

  it("an archive is refused by its declared lengths, before anything is expanded", () => {
    const bytes = writeNpz({ a: zeros, b: zeros }, { compress: true });
    expect(() => readNpz(bytes, { maxBytes: 150_000 })).toThrow(/at most 150000 bytes; got 200256/);
    expect(Object.keys(readNpz(bytes, { maxBytes: 200_256 }))).toEqual(["a", "b"]);
  });

  it("maxBytes also counts what conversion adds, over all arrays", () => {
    const header = "{'descr': '|i1', 'fortran_order': False, 'shape': (1000,), }\n";
    const lead = [0x93, 78, 85, 77, 80, 89, 1, 0, header.length, 0];
    const array = new Uint8Array([...lead, ...strToU8(header), ...new Uint8Array(1000)]);
    const bytes = zipSync({ "a.npy": array, "b.npy": array });
    expect(Object.keys(readNpz(bytes, { maxBytes: 8000 }))).toEqual(["a", "b"]);
    expect(() => readNpz(bytes, { maxBytes: 7999 })).toThrow(
      /readNpz: entry "b": array: expected at most 3999 bytes; got 4000/,
    );
  });

  it("names that are no Unicode, or too long for zip, are refused", () => {
    expect(() => writeNpz({ "\ud800": one })).toThrow(/Unicode/);
    expect(() => writeNpz({ ["x".repeat(65_532)]: one })).toThrow(/65531 bytes/);
    const name = "x".repeat(65_531);
    expect(Object.keys(readNpz(writeNpz({ [name]: one })))).toEqual([name]);
    expect(() => writeNpz({ x: 1 as unknown as Tensor })).toThrow(/expected a tensor; got number/);
  });
});
