import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import { readVector, tensorOf } from "../internal/read";
import type { Values } from "../values";

/** Bytes of red, green, blue and opacity in turn, as canvases and most decoders give them. */
export type RgbaBytes = Uint8Array | Uint8ClampedArray;

/** Colours of an image, [n, 3] in C order, and a way to make an image of the same form of others. */
export interface Pixels {
  readonly colors: Float64Array;
  restore(colors: Float64Array): Uint8ClampedArray | Tensor;
}

/** An image in any form. */
export type Image = Values | RgbaBytes;

const isBytes = (image: Image): image is RgbaBytes =>
  image instanceof Uint8Array || image instanceof Uint8ClampedArray;

/** Numbers may leave [0, 1] by the rounding of f32. */
const ROUNDING = 1e-6;

const clamped = (colors: Float64Array): Float64Array =>
  colors.map((c) => Math.min(Math.max(c, 0), 1));

/**
 * Reads an image.
 *
 * @throws ShapeError unless bytes come in fours, or numbers in an axis of three
 * @throws ArgumentError on an image without pixels, or numbers outside [0, 1]
 */
export function readPixels(operation: string, name: string, image: Image): Pixels {
  return isBytes(image) ? readBytes(operation, name, image) : readNumbers(operation, name, image);
}

function readBytes(operation: string, name: string, image: RgbaBytes): Pixels {
  if (image.length === 0 || image.length % 4 !== 0) {
    throw new ShapeError(
      `${operation}: expected bytes of red, green, blue and opacity in ${name}, a positive multiple of 4; got ${image.length}`,
      { [name]: image.length },
    );
  }
  const n = image.length / 4;
  const at = (k: number): number => 4 * Math.floor(k / 3) + (k % 3);
  return {
    colors: Float64Array.from({ length: 3 * n }, (_, k) => (image[at(k)] as number) / 255),
    restore(colors) {
      // Clamped bytes are rounded to the nearest.
      const out = new Uint8ClampedArray(image);
      for (let k = 0; k < colors.length; k++) out[at(k)] = 255 * (colors[k] as number);
      return out;
    },
  };
}

function readNumbers(operation: string, name: string, image: Values): Pixels {
  const given = tensorOf(operation, name, image);
  const { shape } = given;
  if (shape.length < 2 || shape.at(-1) !== 3 || shape.includes(0)) {
    throw new ShapeError(
      `${operation}: expected ${name} as RGBA bytes or numbers of shape [n, 3] or [h, w, 3]; got shape [${shape.join(", ")}]`,
      { [name]: shape },
    );
  }
  const colors = readVector(operation, name, given.reshape([-1]));
  const outside = colors.findIndex((c) => c < -ROUNDING || c > 1 + ROUNDING);
  if (outside >= 0) {
    throw new ArgumentError(
      `${operation}: expected colours between 0 and 1 in ${name}; got ${colors[outside]} at pixel ${Math.floor(outside / 3)}; divide by 255, or pass a Uint8ClampedArray`,
      { [name]: colors[outside] as number },
    );
  }
  return {
    colors: clamped(colors),
    restore: (moved) => tensor(clamped(moved), { shape: [...shape], copy: false }),
  };
}
