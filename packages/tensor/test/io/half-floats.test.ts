import { describe, expect, it } from "vitest";
import { bfloatToFloat, halfToFloat } from "../../src/io/half-floats";

const every = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

/** The value of a half by its definition. */
function valueOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

describe("half floats", () => {
  it("halfToFloat gives the value of each of the 65536 halves", () => {
    const floats = halfToFloat(every);
    const wrong = [...every].filter((half, i) => !Object.is(floats[i], valueOfHalf(half)));
    expect(wrong).toEqual([]);
  });

  it("halfToFloat and bfloatToFloat keep the payload and sign of NaNs", () => {
    const bits = (floats: Float32Array): number[] => [...new Uint32Array(floats.buffer)];
    expect(bits(halfToFloat(new Uint16Array([0xfe01, 0x7c01])))).toEqual([0xffc02000, 0x7f802000]);
    expect(bits(bfloatToFloat(new Uint16Array([0xff81, 0x7fc1])))).toEqual([
      0xff810000, 0x7fc10000,
    ]);
  });

  it("bfloatToFloat gives numbers whose upper half is the bfloat", () => {
    const floats = bfloatToFloat(every);
    const upper = new Uint16Array(floats.buffer).filter((_, i) => i % 2 === 1);
    expect(upper).toEqual(every);
  });
});
