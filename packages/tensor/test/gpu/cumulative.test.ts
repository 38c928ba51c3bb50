import { expect, it } from "vitest";
import * as t from "../../src/index";
import { cumulative, recurrence } from "../../src/primitives/cumulative";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

const kinds = ["sum", "prod", "max", "min"] as const;

/** Whole numbers −50 … 50 without a pattern. */
const scrambled = (shape: number[]): t.Tensor =>
  t
    .tensor(
      Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => ((i * 7919) % 101) - 50),
      { dtype: "i32" },
    )
    .reshape(shape);

onEachDevice("running values", (device) => {
  const onDevice = async (
    f: (...xs: t.Tensor[]) => t.Tensor,
    ...xs: t.Tensor[]
  ): Promise<t.Tensor> => {
    const steps = device.counters.cpuSteps;
    const y = await f(...xs.map((x) => x.to(device))).to("cpu");
    expect(device.counters.cpuSteps).toBe(steps);
    return y;
  };
  const list = (x: t.Tensor): number[] => Array.from(x.dataSync(), (v) => v + 0);

  for (const kind of kinds) {
    for (const reverse of [false, true]) {
      const way = reverse ? "from the end" : "from the start";
      it(`${kind} of integers ${way} is exact along every axis`, async () => {
        for (const dtype of ["i32", "u32"] as const) {
          const x = t.cast(scrambled([3, 70, 4]), dtype);
          for (const axis of [0, 1, 2]) {
            const f = (v: t.Tensor): t.Tensor => cumulative(v, kind, axis, reverse);
            expect(list(await onDevice(f, x))).toEqual(list(f(x)));
          }
        }
      });

      it(`${kind} of integers ${way} is exact over several levels of blocks`, async () => {
        const x = scrambled([2, 5003]);
        const f = (v: t.Tensor): t.Tensor => cumulative(v, kind, 1, reverse);
        expect(list(await onDevice(f, x))).toEqual(list(f(x)));
        // Turned: the axis is apart in memory.
        const g = (v: t.Tensor): t.Tensor => cumulative(v.T, kind, 0, reverse);
        expect(list(await onDevice(g, x))).toEqual(list(g(x)));
      });
    }
  }

  it("NaN stays once met, and infinities are kept", async () => {
    const x = t.tensor([1, Infinity, 2, -Infinity, 3, Number.NaN, 4]);
    for (const kind of kinds) {
      for (const reverse of [false, true]) {
        const f = (v: t.Tensor): t.Tensor => cumulative(v, kind, 0, reverse);
        expect(list(await onDevice(f, x)), kind).toEqual(list(f(x)));
      }
    }
    const long = t.concat([t.ones([100]), t.tensor([Number.NaN]), t.ones([100])], 0);
    for (const kind of kinds) {
      const f = (v: t.Tensor): t.Tensor => cumulative(v, kind, 0, false);
      expect(list(await onDevice(f, long)), kind).toEqual(list(f(long)));
    }
  });

  it("sums of many fractions stay near those in f64", async () => {
    const count = 40000;
    const x = t.cast(t.sin(t.arange(0, count)), "f32").add(0.5);
    const values = x.dataSync();
    const exact = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; i++) exact[i] = sum += values[i] as number;
    const y = await onDevice((v) => t.cumsum(v, 0), x);
    // Sums reach 20000 through blocks of 32 on four levels: 2^-24 of it for some tens of additions.
    assertClose(y, t.tensor(exact, { dtype: "f32" }), { relative: 1e-6, absolute: 1e-5 });
  });

  for (const reverse of [false, true]) {
    it(`a linear recurrence ${reverse ? "from the end" : "from the start"} is that of a loop`, async () => {
      for (const [shape, axis] of [
        [[3, 50, 2], 1],
        [[5000], 0],
        [[1500, 3], 0],
      ] as const) {
        const size = shape.reduce<number>((n, d) => n * d, 1);
        const a = t
          .cos(t.cast(t.arange(0, size), "f32"))
          .mul(1.05)
          .reshape(shape);
        const b = t.sin(t.cast(t.arange(0, size), "f32").mul(0.7)).reshape(shape);
        const f = (...[p, q]: t.Tensor[]): t.Tensor =>
          recurrence(p as t.Tensor, q as t.Tensor, axis, reverse);
        // |a| is mostly below 1, so errors of 2^-24 are forgotten as fast as they come.
        assertClose(await onDevice(f, a, b), f(a, b), { relative: 4e-6, absolute: 2e-6 });
      }
    });
  }

  it("the first element of a recurrence is b_0 whatever a_0 is", async () => {
    const a = t.tensor([Number.NaN, 2, 0.5]);
    const y = await onDevice(
      (p, q) => recurrence(p as t.Tensor, q as t.Tensor, 0, false),
      a,
      t.ones([3]),
    );
    expect(list(y)).toEqual([1, 3, 2.5]);
  });

  it("a recurrence that has stayed 0 stays 0 though products of its factors overflow", async () => {
    const n = 200;
    const b = t.concat([t.zeros([n - 1]), t.ones([1])], 0);
    const f = (...[p, q]: t.Tensor[]): t.Tensor =>
      recurrence(p as t.Tensor, q as t.Tensor, 0, false);
    const a = t.full([n], 1e6);
    expect(list(await onDevice(f, a, b))).toEqual(list(f(a, b)));
  });

  it("gradients of running values stay on the device", async () => {
    const x = t.sin(t.cast(t.arange(0, 130), "f32")).add(1.5);
    for (const f of [t.cumsum, t.cummax, t.cummin]) {
      const step = t.grad((v: t.Tensor) => f(v, 0).mul(x).sum());
      assertClose(await onDevice(t.jit(step, { device }), x), step(x), {
        relative: 4e-6,
        absolute: 1e-5,
      });
    }
  });
});
