import { describe, expect, it } from "vitest";
import * as t from "../../src/index";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

type Pair = [t.Tensor, t.Tensor];

/** Functions with loops and branches in them, and their operands. */
const cases: Readonly<
  Record<string, readonly [(...xs: t.Tensor[]) => t.Tensor[], readonly t.Tensor[]]>
> = {
  "a scan collects and carries": [
    (x) => t.scan((c: t.Tensor, v: t.Tensor): Pair => [c.add(v), c.mul(v)], t.tensor(1), x),
    [t.arange(5).add(0.5)],
  ],
  "a scan runs backwards": [
    (x) =>
      t.scan((c: t.Tensor, v: t.Tensor): Pair => [c.mul(0.5).add(v), c.sub(v)], t.zeros([3]), x, {
        reverse: true,
      }),
    [t.arange(12).reshape([4, 3])],
  ],
  "slices of windows are those of the window": [
    (x) =>
      t.scan(
        (c: t.Tensor, v: t.Tensor): Pair => [c.add(v), v.mul(2)],
        t.zeros([4]),
        t.flip(x, 0).T,
      ),
    [t.arange(12).reshape([4, 3])],
  ],
  "a recurrent network": [
    (w, x) =>
      t.scan(
        (h: t.Tensor, v: t.Tensor): Pair => {
          const next = t.tanh(h.matmul(w).add(v));
          return [next, next.sum(1)];
        },
        t.zeros([2, 3]),
        x,
      ),
    [t.arange(9).reshape([3, 3]).sub(4).div(9), t.arange(60).reshape([10, 2, 3]).div(60)],
  ],
  "whole numbers and truths are carried": [
    (x) => {
      const [[n, any], ys] = t.scan(
        ([n, any]: readonly t.Tensor[], v: t.Tensor): [t.Tensor[], t.Tensor] => [
          [(n as t.Tensor).mul(-65537).add(v), t.logicalOr(any as t.Tensor, v.greater(2))],
          (n as t.Tensor).add(v),
        ],
        [t.tensor(1, { dtype: "i32" }), t.tensor(0, { dtype: "bool" })] as t.Tensor[],
        x,
      );
      return [n as t.Tensor, any as t.Tensor, ys];
    },
    [t.arange(6, { dtype: "i32" })],
  ],
  "carries that are swapped, kept, repeated and constant": [
    (x) => {
      const [c, ys] = t.scan(
        ([a, b, d, e]: readonly t.Tensor[], v: t.Tensor): [t.Tensor[], t.Tensor[]] => [
          [b as t.Tensor, a as t.Tensor, d as t.Tensor, t.ones([2])],
          [v, v, e as t.Tensor, t.full([2], 7)],
        ],
        [x.at(0), x.at(1), x.at(2), x.at(1).mul(3)] as t.Tensor[],
        x,
      );
      return [...c, ...ys];
    },
    [t.arange(6).reshape([3, 2])],
  ],
  "no steps and no slices": [
    (x) => {
      const [a, ys] = t.scan((c: t.Tensor): Pair => [c.add(1), c], x, null, { length: 0 });
      const [b, zs] = t.scan((c: t.Tensor): Pair => [c.add(1), c], x, null, { length: 3 });
      return [a, ys, b, zs];
    },
    [t.arange(3)],
  ],
  "more steps than a kernel can read results of": [
    (x) => t.scan((c: t.Tensor, v: t.Tensor): Pair => [c.add(v), c], t.tensor(0), x),
    [t.arange(60)],
  ],
  "a scan within a scan": [
    (x) =>
      t.scan(
        (c: t.Tensor, row: t.Tensor): Pair => {
          const [sum, ys] = t.scan(
            (d: t.Tensor, v: t.Tensor): Pair => [d.add(v), d.mul(c)],
            c,
            row,
          );
          return [sum, ys];
        },
        t.tensor(1),
        x,
      ),
    [t.arange(6).reshape([2, 3])],
  ],
  "a branch that is taken, and one that is not": [
    (x) =>
      [1, -1].map((sign) =>
        t.cond(
          x.sum().mul(sign).greater(0),
          (v: t.Tensor) => v.exp(),
          (v: t.Tensor) => v,
          x,
        ),
      ),
    [t.arange(4)],
  ],
  "a loop until a value is reached": [
    (x) =>
      t.whileLoop(
        ([v]: t.Tensor[]) => (v as t.Tensor).sum().less(100),
        ([v, n]: t.Tensor[]) => [(v as t.Tensor).mul(1.5), (n as t.Tensor).add(1)],
        [x, t.tensor(0, { dtype: "i32" })] as t.Tensor[],
      ),
    [t.arange(4)],
  ],
  "a loop that does not begin": [
    (x) => [
      t.whileLoop(
        (v: t.Tensor) => v.sum().less(0),
        (v: t.Tensor) => v.mul(2),
        x,
      ),
    ],
    [t.arange(4)],
  ],
  "a branch within a loop": [
    (x) =>
      t.scan(
        (c: t.Tensor, v: t.Tensor): Pair => {
          const next = t.cond(
            v.greater(1),
            (a: t.Tensor) => a.mul(2),
            (a: t.Tensor) => a.add(1),
            c,
          );
          return [next, next];
        },
        t.ones([2]),
        x,
      ),
    [t.arange(4)],
  ],
};

onEachDevice("loops and branches", (device) => {
  describe.each(Object.entries(cases))("%s", (_, [f, xs]) => {
    it("as on the CPU, nothing of it there", async () => {
      const steps = device.counters.cpuSteps;
      const expected = f(...xs);
      for (const g of [t.jit(f, { device }), f]) {
        const actual = g(...xs.map((x) => x.to(device)));
        for (const [i, y] of actual.entries()) {
          const x = expected[i] as t.Tensor;
          expect([y.dtype, y.shape]).toEqual([x.dtype, x.shape]);
          // One or two units in the last place for each of at most ten steps.
          assertClose(await y.to("cpu"), x, { relative: 4e-6, absolute: 1e-6 });
        }
      }
      expect(device.counters.cpuSteps).toBe(steps);
    });
  });

  const network = (w: t.Tensor, x: t.Tensor): t.Tensor =>
    t
      .scan(
        (h: t.Tensor, v: t.Tensor): Pair => {
          const next = t.tanh(h.mul(w).add(v));
          return [next, next];
        },
        t.zeros([3]),
        x,
      )[1]
      .square()
      .sum();
  const [weights, inputs] = [t.tensor([0.1, 0.5, -0.7]), t.arange(24).reshape([8, 3]).div(24)];

  it("the gradient of a scan and its batches stay on the device", async () => {
    const slope = t.grad(network);
    const f = t.jit(slope, { device });
    const g = t.jit(t.vmap(slope, { inAxes: [0, null] }), { device });
    const many = t.stack([weights, weights.mul(2)], 0);
    const steps = device.counters.cpuSteps;
    const [one, two] = [f(weights, inputs), g(many, inputs)];
    // Sums of eight products, each right to a unit in the last place.
    const bound = { relative: 1e-5, absolute: 1e-6 };
    assertClose(await one.to("cpu"), slope(weights, inputs), bound);
    assertClose(await two.to("cpu"), t.vmap(slope, { inAxes: [0, null] })(many, inputs), bound);
    expect(device.counters.cpuSteps).toBe(steps);
  });

  it("a scan moves nothing but operands and results; a loop one number for each decision", async () => {
    const f = t.jit(network, { device });
    const [w, x] = [weights.to(device), inputs.to(device)];
    await f(w, x).data();
    const before = { ...device.counters };
    await f(w, x).data();
    expect(device.counters.uploads).toBe(before.uploads);
    expect(device.counters.downloads).toBe(before.downloads + 1);

    const g = t.jit(
      (v: t.Tensor) =>
        t.whileLoop(
          (u: t.Tensor) => u.less(1000),
          (u: t.Tensor) => u.mul(2),
          v,
        ),
      { device },
    );
    const one = t.tensor(1).to(device);
    await g(one).data();
    const { downloads, downloadedBytes } = device.counters;
    expect(Array.from(await g(one).data())).toEqual([1024]);
    // Eleven decisions and the result.
    expect(device.counters.downloads).toBe(downloads + 12);
    expect(device.counters.downloadedBytes).toBe(downloadedBytes + 12 * 4);
  });

  it("a loop leaves no memory behind", async () => {
    const f = t.jit(network, { device });
    const [w, x] = [weights.to(device), inputs.to(device)];
    const kept = [f(w, x)];
    await device.sync();
    const { bytes } = device.memory();
    for (let i = 0; i < 5; i++) kept.push(f(w, x));
    await device.sync();
    expect(device.memory().bytes).toBeLessThanOrEqual(bytes + 5 * 4);
  });

  it("a plan shows the programs of loops; one with a step on the CPU runs there whole", async () => {
    const text = t.lower(network, { device })(weights, inputs);
    expect(text).toMatch(/gpu {2}scan\n[\s\S]* {6}8 times:\n +1 {2}gpu {2}map/);
    const away = (x: t.Tensor): t.Tensor =>
      t.scan(
        (c: t.Tensor, v: t.Tensor): Pair => [c.add(t.cast(t.cast(v, "f64"), "f32")), v],
        t.tensor(0),
        x,
      )[0];
    expect(t.lower(away, { device })(inputs.at(0))).toContain("1  cpu  scan");
    const steps = device.counters.cpuSteps;
    const sum = await t.jit(away, { device })(inputs.at(0)).data();
    expect(sum[0]).toBeCloseTo(3 / 24, 6);
    expect(device.counters.cpuSteps).toBe(steps + 1);
  });
});
