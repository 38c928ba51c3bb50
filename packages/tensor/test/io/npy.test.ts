import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors";
import { readNpy, writeNpy } from "../../src/io";
import type { Tensor } from "../../src/tensor";
import { anyTensor, bitsOf } from "./arrays";
import { npyFiles } from "./golden";

/** A file with a header of one's own making. */
function file(header: string, data: number[] = [], version = 1, declared?: number): Uint8Array {
  const text = [...header].map((character) => character.charCodeAt(0));
  const length = declared ?? text.length;
  const lengthBytes = [0, 8, 16, 24]
    .slice(0, version === 1 ? 2 : 4)
    .map((bits) => (length >> bits) & 255);
  return new Uint8Array([0x93, 78, 85, 77, 80, 89, version, 0, ...lengthBytes, ...text, ...data]);
}

const dictionary = (descr: string, shape: string, order = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe("npy", () => {
  it.each(npyFiles)("readNpy reads what NumPy wrote: $name", (golden) => {
    expect(bitsOf(readNpy(golden.file))).toEqual(golden.expected);
  });

  it.each(npyFiles.filter((golden) => golden.writtenAlike))(
    "writeNpy writes the bytes of numpy.save: $name",
    (golden) => {
      expect(writeNpy(readNpy(golden.file))).toEqual(golden.file);
    },
  );

  it("what was written is read back bit for bit", () => {
    fc.assert(
      fc.property(anyTensor(), (x) => {
        expect(bitsOf(readNpy(writeNpy(x)))).toEqual(bitsOf(x));
      }),
    );
  });

  it("integers of 64 bits follow the option int64", () => {
    const bytes = file(dictionary("'>i8'", "(1,)"), [0, 0, 0, 1, 0, 0, 0, 5]);
    expect(() => readNpy(bytes)).toThrow(
      'readNpy: data: expected 64-bit integers that fit i32; got 4294967301 at element 0; pass { int64: "f64" } to read them as f64',
    );
    expect([...readNpy(bytes, { int64: "f64" }).dataSync()]).toEqual([2 ** 32 + 5]);
  });

  it("the header may have another order, double quotes, no final comma and Python 2's long integers", () => {
    const header = `{"shape": (2L, 1L), "fortran_order": False, "descr": "|u1"}`;
    expect(bitsOf(readNpy(file(header, [3, 4])))).toEqual({
      dtype: "u8",
      shape: [2, 1],
      bytes: [3, 4],
    });
  });

  const good = dictionary("'|u1'", "(1,)");
  it.each<[why: string, bytes: Uint8Array, text: RegExp]>([
    ["an empty file", new Uint8Array(0), /magic: .*; got 0 bytes/],
    ["another magic", file(good, [1]).fill(0, 0, 1), /magic: .*beginning \[0, 78/],
    ["an unknown version", file(good, [1], 4), /version: .*; got 4\.0/],
    ["a version 2 header cut short", file("", [], 2).subarray(0, 10), /header length/],
    ["a header longer than the file", file(good, [1], 1, 999), /got 999/],
    ["an absurd header length", file(good, [1], 2, -1), /got 4294967295/],
    [
      "a header of 70000 bytes",
      file(good.padEnd(70_000), [1], 2),
      /at most 65535 bytes .*; got 70000/,
    ],
    ["a header that is no dictionary", file("[]"), /expected "{"/],
    ["an empty dictionary", file("{}"), /descr, fortran_order and shape; got "{}"/],
    ["a key too many", file(`{'a': 1, ${good.slice(1)}`, [1]), /not "a"/],
    ["a duplicate key", file(`{'descr': '|u1', ${good.slice(1)}`, [1]), /not "descr"/],
    ["text after the dictionary", file(`${good}x`, [1]), /nothing more; got "x"/],
    ["code in place of a value", file("{'shape': __import__('os')}"), /expected "\("/],
    ["a truth value that is none", file("{'fortran_order': 0}"), /True or False/],
    ["a shape that is no tuple", file(dictionary("'|u1'", "(1)"), [1]), /a tuple of one/],
    ["a negative extent", file(dictionary("'|u1'", "(-1,)"), [1]), /non-negative integer/],
    ["a product that overflows", file(dictionary("'|u1'", "(4294967296, 4294967296)")), /2\^53/],
    ["an escape", file(dictionary("'\\x7cu1'", "(1,)"), [1]), /without escapes/],
    [
      "a structured type",
      file(dictionary("[('a', '<f4')]", "(1,)")),
      /one element type; got a structured/,
    ],
    ["objects", file(dictionary("'|O'", "(1,)"), [1]), /got "\|O"; Python objects are not read/],
    ["complex numbers", file(dictionary("'<c8'", "(1,)")), /got "<c8"/],
    ["dates", file(dictionary("'<M8[ns]'", "(1,)")), /got "<M8\[ns\]"/],
    ["a type without byte order", file(dictionary("'|f4'", "(1,)")), /got "\|f4"/],
    [
      "too few bytes",
      file(dictionary("'<f4'", "(2,)"), [1, 2, 3, 4]),
      /8 bytes for "<f4" \[2\]; got 4/,
    ],
    ["bytes after the array", file(good, [1, 2]), /1 bytes .*; got 2/],
    ["a boolean that is 2", file(dictionary("'|b1'", "(1,)"), [2]), /0 or 1; got 2/],
  ])("readNpy refuses %s", (_, bytes, text) => {
    expect(() => readNpy(bytes)).toThrow(ArgumentError);
    expect(() => readNpy(bytes)).toThrow(text);
  });

  it("maxBytes bounds what the array takes once decoded", () => {
    const bytes = file(dictionary("'|i1'", "(2,)"), [255, 1]);
    expect([...readNpy(bytes, { maxBytes: 8 }).dataSync()]).toEqual([-1, 1]);
    expect(() => readNpy(bytes, { maxBytes: 7 })).toThrow(/at most 7 bytes; got 8/);
  });

  it("writeNpy refuses what is no tensor", () => {
    expect(() => writeNpy([1] as unknown as Tensor)).toThrow(
      /writeNpy: argument: expected a tensor/,
    );
  });
});
