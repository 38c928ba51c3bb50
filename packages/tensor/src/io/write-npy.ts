import type { Tensor } from "../tensor";
import { concatBytes } from "./bytes";
import { encodeElements } from "./encode-elements";
import { npyDescription } from "./npy-kinds";
import type { RawTensor } from "./raw";
import { fromTensor } from "./tensors";

/**
 * Writes a NumPy array file, version 1.0, little-endian, row-major: the bytes that `numpy.save` writes.
 *
 * @param x - any shape and element type
 * @throws ArgumentError if `x` is no tensor
 * @example
 * await writeFile("x.npy", writeNpy(x));
 */
export function writeNpy(x: Tensor): Uint8Array {
  return writeRawNpy(fromTensor("writeNpy", x));
}

/** As `writeNpy`, from a plain array. */
export function writeRawNpy(raw: RawTensor): Uint8Array {
  const shape = raw.shape.length === 1 ? `${raw.shape[0]},` : raw.shape.join(", ");
  const descr = npyDescription[raw.dtype];
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  // NumPy leaves room for the first extent to grow to 21 digits in place.
  const growth = raw.shape.length === 0 ? 0 : 21 - String(raw.shape[0]).length;
  const unpadded = 10 + dictionary.length + growth + 1;
  const headerLength = (Math.floor(unpadded / 64) + 1) * 64 - 10;
  const header = new Uint8Array(10 + headerLength).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, headerLength & 255, headerLength >> 8]);
  header.set(new TextEncoder().encode(dictionary), 10);
  header[header.length - 1] = 0x0a;
  return concatBytes([header, encodeElements(raw, false)]);
}
