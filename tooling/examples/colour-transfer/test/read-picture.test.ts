import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "example-digits/user-error";
import { encode as encodePng } from "fast-png";
import { encode as encodeJpeg } from "jpeg-js";
import { afterAll, describe, expect, test } from "vitest";
import { decodePicture, readPicture } from "../src/read-picture";
import { encodePicture } from "../src/write-picture";

const folder = mkdtempSync(join(tmpdir(), "pictures-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pixels = Uint8Array.of(10, 20, 30, 255, 200, 100, 0, 128);

describe("decodePicture", () => {
  test("gives back what was written", () => {
    const picture = { width: 2, height: 1, pixels };
    expect(decodePicture(encodePicture(picture))).toEqual(picture);
  });

  test("makes RGBA of greys, greys with opacity, and colours of 16 bits", () => {
    const png = (data: Uint8Array | Uint16Array, channels: number, depth: 8 | 16) => [
      ...decodePicture(encodePng({ width: 1, height: 1, data, channels, depth })).pixels,
    ];
    expect(png(Uint8Array.of(7), 1, 8)).toEqual([7, 7, 7, 255]);
    expect(png(Uint8Array.of(7, 9), 2, 8)).toEqual([7, 7, 7, 9]);
    expect(png(Uint16Array.of(65535, 257, 0), 3, 16)).toEqual([255, 1, 0, 255]);
  });

  test("makes RGBA of a palette", () => {
    const palette: [number, number, number][] = [
      [1, 2, 3],
      [250, 240, 230],
    ];
    const file = encodePng({
      width: 2,
      height: 1,
      data: Uint8Array.of(1, 0),
      palette,
      channels: 1,
    });
    expect([...decodePicture(file).pixels]).toEqual([250, 240, 230, 255, 1, 2, 3, 255]);
  });

  test("reads JPEG, whose colours are close", () => {
    const flat = new Uint8Array(4 * 64).map((_, k) => [90, 160, 40, 255][k % 4] as number);
    const { data } = encodeJpeg({ width: 8, height: 8, data: flat }, 95);
    const read = decodePicture(data);
    expect([read.width, read.height]).toEqual([8, 8]);
    for (const [k, value] of read.pixels.entries())
      expect(Math.abs(value - (flat[k] as number))).toBeLessThanOrEqual(4);
  });
});

describe("readPicture", () => {
  test("refuses what is no picture with the file's name", () => {
    const path = join(folder, "text.png");
    writeFileSync(path, "not a picture");
    expect(() => readPicture(path)).toThrow(
      /text\.png: expected a JPEG or PNG image; its first bytes/,
    );
    expect(() => readPicture(join(folder, "none.jpg"))).toThrow(UserError);
    writeFileSync(path, encodePicture({ width: 2, height: 1, pixels }).slice(0, 40));
    expect(() => readPicture(path)).toThrow(UserError);
  });
});
