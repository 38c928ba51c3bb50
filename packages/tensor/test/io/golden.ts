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

/** A file that another program wrote, and what is in it. */
interface GoldenFile<Expected> {
  readonly name: string;
  readonly file: Uint8Array;
  readonly expected: Expected;
  /** Whether our writer must make the same bytes. */
  readonly writtenAlike: boolean;
}

export const npyFiles: GoldenFile<Bits>[] = numpy.npy.map((golden) => ({
  ...golden,
  file: bytesOfBase64(golden.file),
  expected: bitsOf(golden.expected),
}));

export const npzFiles: GoldenFile<Map<string, Bits>>[] = numpy.npz.map((golden) => ({
  name: golden.name,
  file: bytesOfBase64(golden.file),
  expected: allBits(golden.expected),
  writtenAlike: false,
}));

export const safetensorsFiles: (GoldenFile<Map<string, Bits>> & {
  metadata: Record<string, string>;
})[] = safetensors.files.map((golden) => ({
  name: golden.name,
  file: bytesOfBase64(golden.file),
  expected: allBits(golden.expected as unknown as Record<string, Stored>),
  writtenAlike: golden.writtenAlike,
  metadata: golden.metadata as Record<string, string>,
}));
