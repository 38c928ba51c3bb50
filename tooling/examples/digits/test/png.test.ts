import { crc32, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodePng } from "../src/png";

describe("encodePng", () => {
  it("writes a header, filtered rows and an end, each with its checksum", () => {
    const png = encodePng(new Uint8Array([0, 128, 255, 1, 2, 3]), 3);
    expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    const chunks: [string, Buffer][] = [];
    for (let at = 8; at < png.length; ) {
      const length = png.readUInt32BE(at);
      const body = png.subarray(at + 4, at + 8 + length);
      expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body));
      chunks.push([body.toString("latin1", 0, 4), body.subarray(4)]);
      at += 12 + length;
    }
    expect(chunks.map(([type]) => type)).toEqual(["IHDR", "IDAT", "IEND"]);
    expect([...(chunks[0]?.[1] ?? [])]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
    expect([...inflateSync(chunks[1]?.[1] as Buffer)]).toEqual([0, 0, 128, 255, 0, 1, 2, 3]);
  });
});
