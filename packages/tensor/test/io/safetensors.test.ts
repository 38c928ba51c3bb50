import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/creation";
import { ArgumentError } from "../../src/errors";
import { readSafetensors, writeSafetensors } from "../../src/io";
import type { Tensor } from "../../src/tensor";
import { anyName, anyTensors, bitsOf, bitsOfAll } from "./arrays";
import { safetensorsFiles } from "./golden";

/** A file with a header of one's own making. */
function file(header: string, data: number[] = [], declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${offsets}]}`;

describe("safetensors", () => {
  it.each(safetensorsFiles)(
    "readSafetensors reads what the reference package wrote: $name",
    (golden) => {
      const { tensors, metadata } = readSafetensors(golden.file);
      expect(bitsOfAll(tensors)).toEqual(golden.expected);
      expect({ ...metadata }).toEqual(golden.metadata);
    },
  );

  it.each(safetensorsFiles.filter((golden) => golden.writtenAlike))(
    "writeSafetensors writes the bytes of the reference package: $name",
    ({ file: bytes, metadata }) => {
      expect(writeSafetensors(readSafetensors(bytes).tensors, { metadata })).toEqual(bytes);
    },
  );

  it("what was written is read back bit for bit, whatever the types, shapes, names and metadata", () => {
    const anyMetadata = fc.dictionary(anyName, fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(anyTensors, anyMetadata, (tensors, metadata) => {
        const bytes = writeSafetensors(tensors, { metadata });
        const read = readSafetensors(bytes);
        expect(bitsOfAll(read.tensors)).toEqual(bitsOfAll(tensors));
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
        expect(writeSafetensors(read.tensors, read)).toEqual(bytes);
      }),
    );
  });

  it("writeSafetensors does not depend on the order of names and aligns each array", () => {
    const [a, b, c] = [
      tensor([1, 2]),
      tensor(new Float64Array([3]), { dtype: "f64" }),
      tensor(new Uint8Array([4]), { dtype: "u8" }),
    ];
    const bytes = writeSafetensors({ c, a, b }, { metadata: { z: "1", y: "2" } });
    expect(bytes).toEqual(writeSafetensors({ b, a, c }, { metadata: { y: "2", z: "1" } }));
    const headerLength = new DataView(bytes.buffer).getUint32(0, true);
    expect(headerLength % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerLength));
    expect(JSON.parse(header)).toEqual({
      __metadata__: { y: "2", z: "1" },
      b: { dtype: "F64", shape: [1], data_offsets: [0, 8] },
      a: { dtype: "F32", shape: [2], data_offsets: [8, 16] },
      c: { dtype: "U8", shape: [1], data_offsets: [16, 17] },
    });
  });

  it("a name such as __proto__ is an ordinary name", () => {
    const header = `{"__proto__":${entry("U8", "1", "0,1")},"__metadata__":{"__proto__":"text"}}`;
    const { tensors, metadata } = readSafetensors(file(header, [7]));
    expect(Object.getPrototypeOf(tensors)).toBeNull();
    expect(Object.keys(tensors)).toEqual(["__proto__"]);
    expect(Object.entries(metadata)).toEqual([["__proto__", "text"]]);
    expect(({} as Record<string, unknown>)["dtype"]).toBeUndefined();
  });

  it("bfloat16 is widened exactly", () => {
    const data = [0x80, 0x3f, 0xc0, 0xff, 0x01, 0x00];
    const { tensors } = readSafetensors(file(`{"x":${entry("BF16", "3", "0,6")}}`, data));
    const x = tensors["x"] as Tensor;
    expect(x.dtype).toBe("f32");
    expect([...new Uint32Array(x.dataSync().buffer)]).toEqual([0x3f800000, 0xffc00000, 0x00010000]);
  });

  it("64-bit integers come as 32-bit ones if they fit, as f64 if asked for, and else are refused", () => {
    const minusTwo = [0xfe, 255, 255, 255, 255, 255, 255, 255];
    const header = (dtype: string): string => `{"x":${entry(dtype, "1", "0,8")}}`;
    const signed = file(header("I64"), minusTwo);
    expect(readSafetensors(signed).tensors["x"]).toSatisfy(
      (x: Tensor) => x.dtype === "i32" && x.dataSync()[0] === -2,
    );
    expect(readSafetensors(signed, { int64: "f64" }).tensors["x"]).toSatisfy(
      (x: Tensor) => x.dtype === "f64" && x.dataSync()[0] === -2,
    );
    const unsigned = file(header("U64"), minusTwo);
    expect(() => readSafetensors(unsigned)).toThrow(
      'readSafetensors: tensor "x": expected 64-bit integers that fit u32; ' +
        'got 18446744073709551614 at element 0; pass { int64: "f64" } to read them as f64',
    );
    const rounded = readSafetensors(unsigned, { int64: "f64" }).tensors["x"] as Tensor;
    expect(rounded.dataSync()[0]).toBe(2 ** 64);
  });

  it("the arrays read do not share memory with the file", () => {
    const bytes = file(`{"x":${entry("U8", "2", "0,2")}}`, [1, 2]);
    const x = readSafetensors(bytes).tensors["x"] as Tensor;
    bytes.fill(9);
    expect([...x.dataSync()]).toEqual([1, 2]);
  });

  it("a file within a larger buffer, and an ArrayBuffer, are accepted", () => {
    const bytes = file(`{"x":${entry("F32", "1", "0,4")}}`, [0, 0, 128, 63]);
    const inside = new Uint8Array(bytes.length + 7);
    inside.set(bytes, 3);
    for (const input of [inside.subarray(3, 3 + bytes.length), bytes.buffer as ArrayBuffer]) {
      expect(bitsOf(readSafetensors(input).tensors["x"] as Tensor).bytes).toEqual([0, 0, 128, 63]);
    }
  });

  const one = entry("U8", "1", "0,1");
  it.each<[why: string, bytes: Uint8Array, text: RegExp]>([
    ["an empty file", new Uint8Array(0), /header length: expected 8 bytes; got a file of 0/],
    ["a header longer than the file", file("{}", [], 3n), /header length: .* 2 bytes .*; got 3;/],
    ["an absurd header length", file("{}", [], 2n ** 64n - 1n), /got 18446744073709551615/],
    ["a header that is no object", file("[]"), /expected "{"; got "\[\]"/],
    ["spaces before the header", file(" {}"), /expected "{"/],
    ["text after the header", file("{}x"), /character 2: expected nothing more; got "x"/],
    ["a header that is not UTF-8", new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff]), /UTF-8/],
    ["a duplicate name", file(`{"x":${one},"x":${one}}`, [1]), /each key once; got "x" twice/],
    ["a duplicate hidden by an escape", file(`{"x":${one},"\\u0078":${one}}`, [1]), /"x" twice/],
    ["duplicate fields", file('{"x":{"dtype":"U8","dtype":"U8"}}'), /"dtype" twice/],
    ["an unknown field", file('{"x":{"stride":[1]}}'), /one of dtype, shape, data_offsets/],
    ["a missing field", file('{"x":{"dtype":"U8","shape":[]}}'), /data_offsets undefined/],
    ["three offsets", file(`{"x":${entry("U8", "1", "0,1,1")}}`, [1]), /at most 2 integers/],
    ["one offset", file(`{"x":${entry("U8", "1", "0")}}`, [1]), /two data_offsets/],
    ["a negative extent", file(`{"x":${entry("U8", "-1", "0,1")}}`, [1]), /non-negative integer/],
    ["a fraction", file(`{"x":${entry("U8", "1.0", "0,1")}}`, [1]), /expected "\]"; got ".0\]/],
    ["an exponent", file(`{"x":${entry("U8", "1e0", "0,1")}}`, [1]), /expected "\]"; got "e0\]/],
    ["a leading zero", file(`{"x":${entry("U8", "01", "0,1")}}`, [1]), /non-negative integer/],
    ["an offset beyond 2^53", file(`{"x":${entry("U8", "1", `0,${2 ** 60}`)}}`), /below 2\^53/],
    [
      "a product that overflows",
      file(`{"x":${entry("U8", "4294967296,4294967296,0", "0,0")}}`),
      /2\^53/,
    ],
    [
      "a product that overflows after a zero",
      file(`{"x":${entry("U8", "0,4294967296,4294967296", "0,0")}}`),
      /2\^53/,
    ],
    ["too many axes", file(`{"x":${entry("U8", "1,".repeat(64) + 1, "0,1")}}`, [1]), /at most 64/],
    ["an unknown type", file(`{"x":${entry("C64", "1", "0,8")}}`), /one of BOOL, .*; got "C64"/],
    ["a type named like a property", file(`{"x":${entry("toString", "1", "0,8")}}`), /one of BOOL/],
    ["offsets that run backwards", file(`{"x":${entry("U8", "1", "1,0")}}`, [1]), /begin <= end/],
    ["offsets beyond the data", file(`{"x":${entry("U8", "2", "0,2")}}`, [1]), /end <= 1/],
    [
      "a size that differs from the shape",
      file(`{"x":${entry("F32", "1", "0,1")}}`, [1]),
      /4 bytes for F32 \[1\]; got 1/,
    ],
    ["a gap", file(`{"x":${entry("U8", "1", "1,2")}}`, [1, 2]), /begins at 0, .*; got 1/],
    [
      "an overlap",
      file(`{"x":${entry("U8", "2", "0,2")},"y":${one}}`, [1, 2]),
      /begins at 1, .*; got 0/,
    ],
    ["bytes after the data", file(`{"x":${one}}`, [1, 2]), /data: expected 1 bytes; got 2/],
    [
      "a boolean that is 2",
      file(`{"x":${entry("BOOL", "2", "0,2")}}`, [1, 2]),
      /0 or 1; got 2 at element 1/,
    ],
    ["metadata that is no text", file('{"__metadata__":{"a":1}}'), /character 21: expected "\\""/],
    ["nested metadata", file('{"__metadata__":{"a":{}}}'), /expected "\\""/],
    ["a name that is no Unicode", file(`{"\\ud800":${one}}`, [1]), /Unicode text/],
    ["a bad escape", file(`{"\\q":${one}}`, [1]), /well-formed JSON/],
    ["an unclosed string", file('{"abc'), /a closing "/],
    ["a comma too many", file(`{"x":${one},}`, [1]), /expected "\\""; got "}"/],
  ])("readSafetensors refuses %s", (_, bytes, text) => {
    expect(() => readSafetensors(bytes)).toThrow(ArgumentError);
    expect(() => readSafetensors(bytes)).toThrow(text);
  });

  it("a refusal quotes no more than the beginning of a long name", () => {
    const bytes = file(`{"${"x".repeat(10_000)}":${entry("U9", "1", "0,1")}}`, [1]);
    expect(() => readSafetensors(bytes)).toThrow(/^readSafetensors: tensor "x{60}…", dtype: /);
  });

  it("maxBytes bounds what the arrays take once decoded", () => {
    const bytes = file(`{"x":${entry("F16", "2", "0,4")}}`, [0, 0, 0, 0]);
    expect(
      bitsOf(readSafetensors(bytes, { maxBytes: 8 }).tensors["x"] as Tensor).bytes,
    ).toHaveLength(8);
    expect(() => readSafetensors(bytes, { maxBytes: 7 })).toThrow(/at most 7 bytes; got 8; raise/);
  });

  it("writeSafetensors refuses names and values that a reader would", () => {
    const x = tensor([1]);
    expect(() => writeSafetensors({ __metadata__: x })).toThrow(
      /format reserves; got "__metadata__"/,
    );
    expect(() => writeSafetensors({ "\ud800": x })).toThrow(/Unicode text/);
    expect(() => writeSafetensors({}, { metadata: { a: "\udc00" } })).toThrow(/Unicode text/);
    expect(() => writeSafetensors({ x: [1] as unknown as Tensor })).toThrow(
      'writeSafetensors: tensor "x": expected a tensor; got object',
    );
  });

  it("readers say what they were given instead of bytes, and which option is wrong", () => {
    expect(() => readSafetensors("text" as never)).toThrow(
      /Uint8Array or an ArrayBuffer; got string/,
    );
    expect(() => readSafetensors(null as never)).toThrow(/got null/);
    expect(() => readSafetensors(file("{}"), { maxBytes: -1 })).toThrow(/options.maxBytes/);
    expect(() => readSafetensors(file("{}"), { int64: "i64" as never })).toThrow(/options.int64/);
  });
});
