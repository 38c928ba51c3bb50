import type { Bits } from "./arrays";
import numpy from "./golden/numpy.json";
import safetensors from "./golden/safetensors.json";

interface Stored {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

const bytesOfBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const bitsOf = ({ dtype, shape, data }: Stored): Bits => ({
  dtype,
  shape,
  bytes: [...bytesOfBase64(data)],
});

const allBits = (arrays: Readonly<Record<string, Stored>>): Map<string, Bits> =>
  new Map(Object.entries(arrays).map(([name, stored]) => [name, bitsOf(stored)]));

export const npyFiles = numpy.npy.map((file) => ({
  ...file,
  file: bytesOfBase64(file.file),
  expected: bitsOf(file.expected),
}));

export const npzFiles = numpy.npz.map((file) => ({
  name: file.name,
  file: bytesOfBase64(file.file),
  expected: allBits(file.expected),
}));

export const safetensorsFiles = safetensors.files.map((file) => ({
  name: file.name,
  file: bytesOfBase64(file.file),
  writtenAlike: file.writtenAlike,
  metadata: file.metadata as Record<string, string>,
  expected: allBits(file.expected as unknown as Record<string, Stored>),
}));
