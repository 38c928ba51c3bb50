import fc from "fast-check";
import { gzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/creation";
import { ArgumentError } from "../../src/errors";
import { readIdx, writeIdx } from "../../src/io";
import { anyTensor, bitsOf } from "./arrays";

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const images = bytes(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6);
const packed = gzipSync(images, { mtime: 0 });

function patched(at: number, ...values: number[]): Uint8Array {
  const copy = packed.slice();
  copy.set(values, at < 0 ? copy.length + at : at);
  return copy;
}

describe("idx", () => {
  it("readIdx reads each type of the format, high byte first", () => {
    const one = [0, 0, 0, 1];
    const read = (code: number, ...data: number[]) => {
      const x = readIdx(bytes(0, 0, code, 1, ...one, ...data));
      return [x.dtype, [...x.dataSync()]];
    };
    expect(read(0x08, 200)).toEqual(["u8", [200]]);
    expect(read(0x09, 200)).toEqual(["i32", [-56]]);
    expect(read(0x0b, 0xff, 0xfe)).toEqual(["i32", [-2]]);
    expect(read(0x0c, 1, 2, 3, 4)).toEqual(["i32", [0x01020304]]);
    expect(read(0x0d, 0xbf, 0x80, 0, 0)).toEqual(["f32", [-1]]);
    expect(read(0x0e, 0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18)).toEqual(["f64", [Math.PI]]);
  });

  it("a gzipped file is recognised and reads the same", () => {
    expect(bitsOf(readIdx(images))).toEqual({ dtype: "u8", shape: [2, 1], bytes: [5, 6] });
    expect(bitsOf(readIdx(packed))).toEqual(bitsOf(readIdx(images)));
  });

  it("optional fields of a gzip header are skipped", () => {
    const named = gzipSync(images, { filename: "images", mtime: 1 });
    expect(bitsOf(readIdx(named))).toEqual(bitsOf(readIdx(images)));
    const body = packed.subarray(10);
    const flags = 4 | 16 | 2;
    const full = bytes(31, 139, 8, flags, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9, 99, 0, 1, 2, ...body);
    expect(bitsOf(readIdx(full))).toEqual(bitsOf(readIdx(images)));
  });

  it.each([false, true])("what was written is read back bit for bit, gzip: %s", (gzip) => {
    fc.assert(
      fc.property(anyTensor(["u8", "i32", "f32", "f64"]), (x) => {
        expect(bitsOf(readIdx(writeIdx(x, { gzip })))).toEqual(bitsOf(x));
      }),
    );
  });

  it.each<[why: string, bytes: Uint8Array, text: RegExp]>([
    ["an empty file", bytes(), /magic number/],
    ["another magic number", bytes(0, 1, 8, 1, 0, 0, 0, 0), /magic number: .*; got \[0, 1, 8, 1\]/],
    ["an unknown type", bytes(0, 0, 10, 1, 0, 0, 0, 0), /magic number: .*; got \[0, 0, 10, 1\]/],
    ["a header cut short", bytes(0, 0, 8, 2, 0, 0, 0, 1), /12 bytes for 2 axes; got a file of 8/],
    [
      "data cut short",
      images.subarray(0, -1),
      /2 bytes for u8 \[2, 1\]; got 1; the file is cut short/,
    ],
    ["bytes after the array", bytes(...images, 0), /2 bytes .*; got 3; bytes follow the array/],
    ["a product that overflows", bytes(0, 0, 8, 2, ...new Array<number>(8).fill(255)), /2\^53/],
    [
      "too many axes",
      bytes(0, 0, 8, 65, ...new Array<number>(260).fill(0)),
      /at most 64 axes; got 65/,
    ],
    ["a gzip file cut short", packed.subarray(0, -1), /length|checksum|deflate/],
    ["a gzip header alone", packed.subarray(0, 10), /gzip: .*; the file is cut short/],
    ["a gzip name without end", bytes(31, 139, 8, 8, 0, 0, 0, 0, 0, 3, 65, 65), /cut short/],
    ["an unknown gzip method", patched(2, 7), /method 8, known flags; got method 7/],
    ["a reserved gzip flag", patched(3, 0x80), /got method 8, flags 128/],
    ["a wrong gzip checksum", patched(-8, 0, 0, 0, 0), /checksum: expected 00000000; got/],
    [
      "an impossible gzip length",
      patched(-4, 255, 255, 255, 127),
      /can hold; got 2147483647 declared/,
    ],
    ["a gzip length that is too short", patched(-4, 1, 0, 0, 0), /expected 1 bytes; got more/],
    ["a gzip length that is too long", patched(-4, 99, 0, 0, 0), /expected 99 bytes; got 14/],
    ["bytes after the gzip trailer", bytes(...packed, 1, 2, 3), /gzip/],
  ])("readIdx refuses %s", (_, file, text) => {
    expect(() => readIdx(file)).toThrow(ArgumentError);
    expect(() => readIdx(file)).toThrow(text);
  });

  it("maxBytes bounds the expanded file and the decoded array", () => {
    expect(() => readIdx(packed, { maxBytes: 13 })).toThrow(
      /gzip length: expected at most 13 bytes; got 14/,
    );
    const signed = bytes(0, 0, 9, 1, 0, 0, 0, 2, 1, 2);
    expect(() => readIdx(signed, { maxBytes: 7 })).toThrow(
      /array: expected at most 7 bytes; got 8/,
    );
    expect([...readIdx(signed, { maxBytes: 8 }).dataSync()]).toEqual([1, 2]);
  });

  it("writeIdx refuses the types that the format lacks", () => {
    expect(() => writeIdx(tensor([1], { dtype: "u32" }))).toThrow(
      "writeIdx: dtype: expected u8, i32, f32 or f64, the types of the format; got u32; cast it to one of these first",
    );
    expect(() => writeIdx(tensor([true], { dtype: "bool" }))).toThrow(/got bool/);
  });
});
