import fc from "fast-check";
import { tensor } from "../../src/creation";
import { bytesOf, type DType, dtypes, viewOn } from "../../src/dtype";
import type { Tensor } from "../../src/tensor";

/** An array by its bytes, so that NaN payloads and signed zeros count when two are compared. */
export interface Bits {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: readonly number[];
}

export function bitsOf(x: Tensor): Bits {
  const { buffer, byteOffset, byteLength } = x.dataSync();
  const bytes = [...new Uint8Array(buffer, byteOffset, byteLength)];
  return { dtype: x.dtype, shape: [...x.shape], bytes };
}

export function bitsOfAll(tensors: Readonly<Record<string, Tensor>>): Map<string, Bits> {
  return new Map(Object.entries(tensors).map(([name, x]) => [name, bitsOf(x)]));
}

function tensorOf(dtype: DType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const own = bytes.slice();
  return tensor(viewOn(dtype, own.buffer, 0, own.length / bytesOf(dtype)), { dtype, shape });
}

/** Tensors of the given types, ranks 0 to 4 and extents 0 to 3, filled with any bits. */
export function anyTensor(among: readonly DType[] = dtypes): fc.Arbitrary<Tensor> {
  const form = fc.record({
    dtype: fc.constantFrom(...among),
    shape: fc.array(fc.nat({ max: 3 }), { maxLength: 4 }),
  });
  return form.chain(({ dtype, shape }) => {
    const length = shape.reduce((a, b) => a * b, 1) * bytesOf(dtype);
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => {
      const bits = dtype === "bool" ? bytes.map((byte) => byte & 1) : bytes;
      return tensorOf(dtype, shape, bits);
    });
  });
}

/** Any Unicode text. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "toString", "0", "", 'quote"\\', "a.b/c"),
);

/** Tensors by name. */
export const anyTensors: fc.Arbitrary<Record<string, Tensor>> = fc
  .array(
    fc.tuple(
      anyName.filter((name) => name !== "__metadata__"),
      anyTensor(),
    ),
    { maxLength: 5 },
  )
  .map((pairs) => {
    const tensors: Record<string, Tensor> = Object.create(null);
    for (const [name, x] of pairs) tensors[name] = x;
    return tensors;
  });
