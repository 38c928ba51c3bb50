import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors";
import {
  readIdx,
  readNpy,
  readNpz,
  readSafetensors,
  writeIdx,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from "../../src/io";
import type { Tensor } from "../../src/tensor";
import { largestAllocation } from "./allocation-meter";
import { anyTensor, anyTensors } from "./arrays";

/** A format under test: how valid files come about, how they are read, and what reading may cost. */
interface Format {
  readonly name: string;
  readonly files: fc.Arbitrary<Uint8Array>;
  readonly read: (bytes: Uint8Array) => Readonly<Record<string, Tensor>>;
  /** Most bytes of memory asked for at once per byte of the file; 1032 is deflate's highest ratio. */
  readonly growth: number;
}

const formats: readonly Format[] = [
  {
    name: "safetensors",
    files: anyTensors.map((tensors) => writeSafetensors(tensors, { metadata: { a: "b" } })),
    read: (bytes) => readSafetensors(bytes).tensors,
    growth: 8,
  },
  {
    name: "npy",
    files: anyTensor().map((x) => writeNpy(x)),
    read: (bytes) => ({ x: readNpy(bytes) }),
    growth: 8,
  },
  {
    name: "npz",
    files: fc.tuple(anyTensors, fc.boolean()).map(([xs, compress]) => writeNpz(xs, { compress })),
    read: readNpz,
    growth: 1032,
  },
  {
    name: "idx",
    files: anyTensor(["u8", "i32", "f32", "f64"]).map((x) => writeIdx(x)),
    read: (bytes) => ({ x: readIdx(bytes) }),
    growth: 8,
  },
  {
    name: "gzipped idx",
    files: anyTensor(["u8", "i32", "f32", "f64"]).map((x) => writeIdx(x, { gzip: true })),
    read: (bytes) => ({ x: readIdx(bytes) }),
    growth: 1032,
  },
];

type Mutation = (bytes: Uint8Array) => Uint8Array;

const spliced = (
  bytes: Uint8Array,
  at: number,
  removed: number,
  put: Iterable<number>,
): Uint8Array =>
  new Uint8Array([...bytes.subarray(0, at), ...put, ...bytes.subarray(at + removed)]);

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const indexIn = (bytes: Uint8Array, where: number): number => Math.floor(where * bytes.length);

/** Changed bits, cuts, moved and doubled parts, foreign bytes, and numbers that lie. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc
    .tuple(position, fc.integer({ min: 1, max: 255 }))
    .map(([where, mask]) => (bytes: Uint8Array) => {
      const copy = bytes.slice();
      const at = indexIn(copy, where);
      if (at < copy.length) copy[at] = (copy[at] as number) ^ mask;
      return copy;
    }),
  position.map((where) => (bytes: Uint8Array) => bytes.slice(0, indexIn(bytes, where))),
  fc
    .tuple(position, position, position, fc.boolean())
    .map(([a, b, to, move]) => (bytes: Uint8Array) => {
      const [start, end] = [indexIn(bytes, Math.min(a, b)), indexIn(bytes, Math.max(a, b))];
      const part = bytes.slice(start, end);
      const rest = move ? spliced(bytes, start, end - start, []) : bytes;
      return spliced(rest, indexIn(rest, to), 0, part);
    }),
  fc.tuple(position, fc.nat({ max: 9 }), fc.uint8Array({ maxLength: 9 })).map(
    ([where, removed, put]) =>
      (bytes: Uint8Array) =>
        spliced(bytes, indexIn(bytes, where), removed, put),
  ),
  fc
    .tuple(
      position,
      fc.constantFrom(0n, 1n, 255n, 2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 64n - 1n),
    )
    .map(([where, value]) => (bytes: Uint8Array) => {
      const width = value > 2n ** 32n ? 8 : value > 255n ? 4 : 2;
      const number = Array.from({ length: width }, (_, i) =>
        Number((value >> BigInt(8 * i)) & 255n),
      );
      return spliced(bytes, indexIn(bytes, where), width, number);
    }),
  // A digit of a textual header becomes another or many.
  fc
    .tuple(position, fc.constantFrom("0", "9", "-1", "1e9", "99999999", "9".repeat(17)))
    .map(([where, text]) => (bytes: Uint8Array) => {
      const digits = [...bytes.keys()].filter((i) => {
        const byte = bytes[i] as number;
        return byte >= 48 && byte <= 57;
      });
      const at = digits[Math.floor(where * digits.length)];
      return at === undefined ? bytes : spliced(bytes, at, 1, new TextEncoder().encode(text));
    }),
);

describe.each(formats)("a damaged $name file", ({ files, read, growth }) => {
  it("is read to whole arrays or refused with an ArgumentError, at a cost bounded by its size", () => {
    let refused = 0;
    fc.assert(
      fc.property(files, fc.array(mutation, { minLength: 1, maxLength: 3 }), (valid, mutations) => {
        const bytes = mutations.reduce((damaged, mutate) => mutate(damaged), valid);
        const largest = largestAllocation(() => {
          let tensors: Readonly<Record<string, Tensor>> = {};
          try {
            tensors = read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(ArgumentError);
            refused++;
          }
          for (const x of Object.values(tensors)) {
            expect(x.dataSync()).toHaveLength(x.shape.reduce((a, b) => a * b, 1));
          }
        });
        // 4 kB: what the expander takes for its tables and first window.
        expect(largest).toBeLessThanOrEqual(growth * bytes.length + 4096);
      }),
      { numRuns: 1500 },
    );
    // Most damage must be noticed, or the mutations do not reach what they are meant to.
    expect(refused).toBeGreaterThan(500);
  });
});

describe("bytes that are no file", () => {
  it.each(formats)("are refused by the reader of $name", ({ read }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => read(bytes)).toThrow(ArgumentError);
      }),
      { numRuns: 500 },
    );
  });
});
