import { readFileSync } from "node:fs";
import { UserError } from "example-digits/user-error";
import { convertIndexedToRgb, type DecodedPng, decode as decodePng } from "fast-png";
import { decode as decodeJpeg } from "jpeg-js";
import type { Picture } from "./picture";

/** Limits of the JPEG decoder, so that a small file cannot ask for all memory. */
const jpegLimits = { maxMemoryUsageInMB: 1024, maxResolutionInMP: 100 };

/**
 * Reads a JPEG or PNG file.
 *
 * @throws UserError if it cannot be read, or is neither
 */
export function readPicture(path: string): Picture {
  try {
    return decodePicture(readFileSync(path));
  } catch (error) {
    throw new UserError(`${path}: expected a JPEG or PNG image; ${(error as Error).message}`);
  }
}

/**
 * Decodes a JPEG or PNG image, told by its first bytes.
 *
 * @throws Error on anything else
 */
export function decodePicture(bytes: Uint8Array): Picture {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    const { width, height, data } = decodeJpeg(bytes, { useTArray: true, ...jpegLimits });
    return { width, height, pixels: data };
  }
  if (bytes[0] === 0x89 && bytes[1] === 0x50) {
    const png = decodePng(bytes);
    return { width: png.width, height: png.height, pixels: rgbaOf(png) };
  }
  throw new Error("its first bytes are of neither");
}

/** Any PNG as RGBA bytes: a palette, greys, 16 bits, with or without opacity. */
function rgbaOf(png: DecodedPng): Uint8Array {
  const indexed = png.palette !== undefined;
  const data = indexed ? convertIndexedToRgb(png) : png.data;
  const count = png.width * png.height;
  const channels = data.length / count;
  // 1 to 16 bits become 8; a palette has 8 already.
  const scale = indexed ? 1 : 255 / (2 ** png.depth - 1);
  const colours = channels < 3 ? 1 : 3;
  const pixels = new Uint8Array(4 * count).fill(255);
  for (let i = 0; i < count; i++) {
    const value = (channel: number): number =>
      Math.round((data[i * channels + channel] as number) * scale);
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = value(colours === 1 ? 0 : c);
    if (channels > colours) pixels[4 * i + 3] = value(colours);
  }
  return pixels;
}
