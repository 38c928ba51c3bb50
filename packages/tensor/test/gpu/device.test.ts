import { describe, expect, it } from "vitest";
import { gpu } from "../../src/gpu";
import * as t from "../../src/index";
import { devices, onEachDevice } from "./devices";

onEachDevice("a device", (device) => {
  it("tells what it is", () => {
    expect(device.info.adapter).not.toBe("");
    expect(device.info.limits["maxInputs"]).toBe(device.target.maxInputs);
    expect(typeof device.info.software).toBe("boolean");
    expect(device.name).toBe(`gpu (${device.info.backend}, ${device.info.adapter})`);
  });

  it("tensors of every dtype come back as they went, windows too", async () => {
    const values = [0, 1, 2, 250, 7, 3];
    for (const dtype of ["f32", "i32", "u32", "u8", "bool"] as const) {
      const x = t.tensor(values, { dtype, shape: [2, 3] });
      const y = x.to(device);
      expect(y.to(device)).toBe(y);
      expect(await y.data(), dtype).toEqual(x.dataSync());
      expect(await y.T.data(), dtype).toEqual(x.T.dataSync());
      expect((await y.to("cpu")).dtype).toBe(dtype);
    }
    expect(await t.zeros([0, 3]).to(device).add(1).data()).toEqual(new Float32Array(0));
    expect(await t.zeros([0, 3]).to(device).sum(0).data()).toEqual(new Float32Array(3));
  });

  it("a tensor as text tells where it lives", () => {
    expect(String(t.zeros([2, 3]).to(device))).toBe(`Tensor f32[2, 3] on ${device.name}`);
  });

  it("reading at once is refused, f64 too, and both errors say what to do", async () => {
    const x = t.tensor([1, 2]).to(device);
    expect(() => x.dataSync()).toThrow(
      `dataSync: expected a tensor in the CPU's memory; this one lives on ${device.name}; use await t.data(), or await t.to("cpu")`,
    );
    expect(() => t.tensor([1], { dtype: "f64" }).to(device)).toThrow(
      'got f64; GPUs have no 64-bit floats here: use cast(x, "f32"), or the CPU',
    );
    const f = t.jit((v: t.Tensor) => t.cast(v, "f64"), { device, name: "widen" });
    expect(() => f(x)).toThrow(
      'widen: expected f32, i32, u32, u8 or bool on a GPU; got f64; GPUs have no 64-bit floats here: use cast(x, "f32"), or the CPU; optimisers keep f64 scalars: wrap yours in singlePrecision() of @x/optim, or use its train({ device })',
    );
  });

  it("a jitted function runs where its arguments are, with the same result", async () => {
    const f = t.jit((v: t.Tensor, w: t.Tensor) => v.matmul(w).tanh().sum());
    const [v, w] = [t.arange(12).reshape([3, 4]).div(10), t.arange(8).reshape([4, 2]).div(10)];
    const y = f(v.to(device), w);
    expect(y.concrete?.storage.remote?.device).toBe(device);
    expect((await y.data())[0]).toBeCloseTo(f(v, w).item(), 5);
    const slope = t.grad((a: t.Tensor) => f(a, w.to(device)))(v.to(device));
    const expected = t
      .grad((a: t.Tensor) => f(a, w))(v)
      .dataSync();
    (await slope.data()).forEach((s, i) => {
      expect(s).toBeCloseTo(expected[i] as number, 5);
    });
  });

  it("a jitted function without a device says so when it uses a tensor of one", async () => {
    const x = t.tensor([1, 2]).to(device);
    const f = t.jit((v: t.Tensor) => v.add(x), { name: "shift" });
    expect(() => f(t.tensor([3, 4]))).toThrow(
      `shift: the jitted function uses a tensor of ${device.name}; pass { device } to jit, or the tensor as an argument`,
    );
    expect(Array.from(await f(t.tensor([3, 4]).to(device)).data())).toEqual([4, 6]);
    const g = t.jit((v: t.Tensor) => [v.add(1), x] as const);
    const [sum, same] = g(t.tensor([3, 4]));
    expect(sum.toArray()).toEqual([4, 5]);
    expect(Array.from(await same.data())).toEqual([1, 2]);
  });

  it("a jitted function says so of loops, branches and parts that use one, too; outside of jit they run there", async () => {
    const x = t.tensor([1, 2]).to(device);
    const rows = t.ones([3, 2]);
    const parts: Record<string, readonly [(v: t.Tensor) => t.Tensor, readonly number[]]> = {
      scan: [
        (v) =>
          t.scan(
            (c: t.Tensor, s: t.Tensor): [t.Tensor, null] => [c.add(x).add(s), null],
            v,
            rows,
          )[0],
        [9, 13],
      ],
      cond: [
        (v) =>
          t.cond(
            v.sum().greater(0),
            (w: t.Tensor) => w.add(x),
            (w: t.Tensor) => w,
            v,
          ),
        [4, 6],
      ],
      whileLoop: [
        (v) =>
          t.whileLoop(
            (w: t.Tensor) => w.sum().less(x.sum().mul(3)),
            (w: t.Tensor) => w.add(x),
            v,
          ),
        [4, 6],
      ],
      checkpoint: [(v) => t.checkpoint((w: t.Tensor) => w.mul(x))(v), [3, 8]],
    };
    for (const [name, [f, expected]] of Object.entries(parts)) {
      const v = t.tensor([3, 4]);
      expect(() => t.jit(f, { name })(v)).toThrow(
        `${name}: the jitted function uses a tensor of ${device.name}; pass { device } to jit, or the tensor as an argument`,
      );
      for (const y of [f(v), t.jit(f, { device })(v), t.jit(f)(v.to(device))])
        expect(Array.from(await y.data()), name).toEqual(expected);
    }
  });

  it("results may be arguments, constants and windows on them", async () => {
    const constant = t.arange(6).reshape([2, 3]);
    const f = t.jit((v: t.Tensor) => [v, v.T, constant, constant.T, v.add(1).T, v.at(1)], {
      device,
    });
    const x = t.tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const here = f(x);
    for (const [i, y] of t
      .jit((v: t.Tensor) => [v, v.T, constant, constant.T, v.add(1).T, v.at(1)])(x)
      .entries())
      expect(await (here[i] as t.Tensor).data()).toEqual(y.dataSync());
  });

  it("a donated argument that is returned lives on in the result", async () => {
    const f = t.jit((v: t.Tensor) => ({ same: v.T, next: v.add(1) }), { donate: [0], device });
    const x = t
      .tensor([
        [1, 2],
        [3, 4],
      ])
      .to(device);
    const { same, next } = f(x);
    expect(Array.from(await same.data())).toEqual([1, 3, 2, 4]);
    expect(Array.from(await next.data())).toEqual([2, 3, 4, 5]);
    await expect(x.data()).rejects.toThrow("was donated to");
  });

  it("more operands than a kernel can read are joined in several", async () => {
    const list = Array.from({ length: 20 }, (_, i) => t.arange(5).mul(i + 1));
    const f = t.jit((...xs: t.Tensor[]) => xs.reduce((a, b) => a.mul(0.5).add(b)), { device });
    const g = t.jit((...xs: t.Tensor[]) => t.concat(xs, 0), { device });
    const sum = list.reduce((a, b) => a.mul(0.5).add(b));
    (await f(...list).data()).forEach((v, i) => {
      expect(v).toBeCloseTo(sum.dataSync()[i] as number, 3);
    });
    expect(await g(...list).data()).toEqual(t.concat(list, 0).dataSync());
  });

  it("a tensor larger than the device takes is refused with sizes; nothing else is lost", async () => {
    const f = t.jit((v: t.Tensor) => t.broadcastTo(v, [2 ** 15, 2 ** 15]).add(1), { device });
    const x = t.tensor([1]).to(device);
    await x.data();
    const most = 4 * device.target.maxLength;
    if (most >= 2 ** 32) return;
    await expect(f(x).data()).rejects.toMatchObject({
      code: "ERR_DEVICE",
      message: expect.stringMatching(
        new RegExp(
          `at most ${most} bytes .*; got one of ${2 ** 32}; \\d+ bytes are resident in \\d+ buffers`,
        ),
      ),
    });
    expect(Array.from(await x.add(1).data())).toEqual([2]);
  });

  it("loops and branches give the CPU's results", async () => {
    const f = (x: t.Tensor): t.Tensor =>
      t.scan(
        (c: t.Tensor, v: t.Tensor): [t.Tensor, t.Tensor] => [c.add(v), c.mul(v)],
        t.tensor(0),
        x,
      )[1];
    const x = t.arange(5);
    expect(await t.jit(f, { device })(x).data()).toEqual(f(x).dataSync());
    expect(await f(x.to(device)).data()).toEqual(f(x).dataSync());
  });
});

describe("opening and closing", () => {
  it("what is no device is refused where it is given", () => {
    const wrong = 'expected a device made by await gpu(); got "gpu"';
    expect(() => t.tensor([1]).to("gpu" as never)).toThrow(`to: ${wrong}`);
    expect(() => t.jit((x: t.Tensor) => x, { device: "gpu" as never })).toThrow(`jit: ${wrong}`);
    // The promise itself, without await.
    expect(() => t.tensor([1]).to(Promise.resolve() as never)).toThrow("got an object");
    expect(() => t.tensor([1]).to(undefined as never)).toThrow("got undefined");
  });

  it("an unknown backend is refused", async () => {
    await expect(gpu({ backend: "cuda" as never })).rejects.toThrow(
      'gpu: expected backend "auto", "webgpu", "webgl2", "webgl" or "headless"; got "cuda"',
    );
  });

  it("the error says what was tried and what to do", async () => {
    // In a page, Node's; in Node, a page's.
    const backend = typeof document === "undefined" ? "webgl2" : "headless";
    await expect(gpu({ backend })).rejects.toMatchObject({
      code: "ERR_DEVICE",
      message: expect.stringMatching(
        new RegExp(`^gpu: expected a GPU; tried ${backend}: .*; .*or use the CPU$`),
      ),
    });
  });

  for (const { info } of devices) {
    it(`a closed ${info.backend} device rejects reads, and others go on`, async () => {
      const [one, two] = [
        await gpu({ backend: info.backend }),
        await gpu({ backend: info.backend }),
      ];
      const [x, y] = [t.tensor([1, 2]).to(one), t.tensor([3, 4]).to(two)];
      const pending = x.add(1).data();
      expect(Array.from(await pending)).toEqual([2, 3]);
      const z = x.mul(2);
      one.destroy();
      await expect(z.data()).rejects.toMatchObject({
        code: "ERR_DEVICE",
        message: expect.stringContaining("was closed by destroy(); open another with gpu()"),
      });
      await expect(one.sync()).rejects.toThrow("was closed by destroy()");
      expect(Array.from(await y.add(1).data())).toEqual([4, 5]);
      expect(() => x.add(y)).toThrow("expected operands on one device");
      two.destroy();
    });
  }
});
