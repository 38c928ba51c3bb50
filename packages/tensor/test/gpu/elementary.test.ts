import { expect, it } from "vitest";
import * as t from "../../src/index";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

const floats = (list: readonly number[]): t.Tensor => t.tensor(Float32Array.from(list));

/** Numbers of every size, from 2^first to 2^last, of both signs and without a pattern in their bits. */
const spread = (first: number, last: number, count = 400): number[] =>
  Array.from({ length: count }, (_, i) => {
    const exponent = first + ((last - first) * i) / count;
    return 2 ** exponent * (1 + ((i * 7919) % 1009) / 1009) * (i % 2 === 0 ? 1 : -1);
  });

onEachDevice("functions of f32", (device) => {
  const check = async (
    f: (...xs: t.Tensor[]) => t.Tensor,
    xs: readonly t.Tensor[],
    relative: number,
    absolute: number,
  ): Promise<void> => {
    const steps = device.counters.cpuSteps;
    const y = await f(...xs.map((x) => x.to(device))).to("cpu");
    assertClose(y, f(...xs), { relative, absolute });
    expect(device.counters.cpuSteps).toBe(steps);
  };

  // The CPU reduces in f64, with all binary places of π that the largest float needs.
  for (const [name, f] of Object.entries({ sin: t.sin, cos: t.cos, tan: t.tan })) {
    it(`${name} loses nothing on angles of any size`, async () => {
      await check(f, [floats(spread(-20, 12))], 1e-6, 1e-7);
      // Floats nearest to a multiple of π/2 come as near as 2^-30 or so: the result is as small, and relatively exact.
      const near = [16367173 * 2 ** 72, 8855804 * 2 ** 6, 10066329.75, 2 ** 127, 8192, 8191.9995];
      await check(f, [floats([...spread(12, 126), ...near])], 2e-6, 1e-12);
      await check(f, [floats([Infinity, -Infinity, Number.NaN])], 0, 0);
    });
  }

  it("the remainder of a division is exact, however far apart the operands are", async () => {
    const x = spread(-60, 126, 300);
    const y = spread(-100, 100, 300).map((v, i) => v * (1 + ((i * 31) % 7)));
    const all = x.flatMap((a, i) => [0, 100, 200].map((d) => [a, y[(i + d) % 300] as number]));
    const [a, b] = [0, 1].map((c) => floats(all.map((pair) => pair[c] as number)));
    // Results below the smallest normal number may be flushed.
    await check(
      (p, q) => t.rem(p as t.Tensor, q as t.Tensor),
      [a as t.Tensor, b as t.Tensor],
      0,
      2e-38,
    );
  });

  it("the remainder of special values is C's", async () => {
    const list = [0, 1, -1, 3.5, Infinity, -Infinity, Number.NaN, 1e30, -7];
    const a = floats(list.flatMap((v) => list.map(() => v)));
    const b = floats(list.flatMap(() => list));
    await check((p, q) => t.rem(p as t.Tensor, q as t.Tensor), [a, b], 0, 0);
  });

  it("erfinv is near within a few units of the last place, and infinite at ±1", async () => {
    const inside = Array.from({ length: 1000 }, (_, i) => (i - 499.5) / 500);
    const edge = Array.from({ length: 24 }, (_, i) => 1 - 2 ** -(i + 1));
    const small = spread(-100, -5, 100);
    await check(
      t.erfinv,
      [floats([...inside, ...edge, ...edge.map((v) => -v), ...small])],
      2e-6,
      0,
    );
    await check(t.erfinv, [floats([0, 1, -1, 1.5, -2, Infinity, Number.NaN])], 0, 0);
  });

  it("lgamma is near relative to its value, at its zeros too", async () => {
    const positive = Array.from({ length: 2000 }, (_, i) => (i + 1) / 150);
    const zeros = [-12, -8, -3].flatMap((e) => [1 - 2 ** e, 1 + 2 ** e, 2 - 2 ** e, 2 + 2 ** e]);
    const sizes = spread(-100, 118).map(Math.abs);
    await check(t.lgamma, [floats([...positive, ...zeros, ...sizes, 1, 2])], 4e-6, 0);
    await check(t.lgamma, [floats([0, -1, -5, -1e9, 3e38, Infinity, -Infinity, Number.NaN])], 0, 0);
    // Below 0 its two terms cancel near further zeros.
    const negative = Array.from({ length: 1000 }, (_, i) => -(i + 0.5) / 40);
    await check(t.lgamma, [floats([...negative, -1e-20, -1e-3, -123.25])], 4e-6, 4e-6);
  });

  it("digamma is near relative to its value, or absolutely at its zeros", async () => {
    const positive = Array.from({ length: 2000 }, (_, i) => (i + 1) / 150);
    await check(t.digamma, [floats([...positive, ...spread(-100, 126).map(Math.abs)])], 2e-6, 1e-6);
    // Between the poles the reflection has terms of up to π / tan(π / 80).
    const negative = Array.from({ length: 1000 }, (_, i) => -(i + 0.5) / 40);
    await check(t.digamma, [floats([...negative, -1e-20, -1e-3, -123.25])], 4e-6, 4e-6);
    await check(t.digamma, [floats([0, -1, -7, -1e9, Infinity, -Infinity, Number.NaN])], 0, 0);
  });
});
