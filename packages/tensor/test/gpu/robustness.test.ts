import { expect, it } from "vitest";
import { gpu } from "../../src/gpu";
import * as t from "../../src/index";
import { onEachDevice } from "./devices";

const list = async (x: t.Tensor): Promise<number[]> => Array.from(await x.data());

onEachDevice("in unusual company", (device) => {
  const here = t.tensor([
    [1, 2],
    [3, 4],
  ]);

  it("a donated tensor may be passed again, as a window and twice donated", async () => {
    const f = t.jit((a: t.Tensor, b: t.Tensor) => a.mul(10).add(b), { donate: [0], device });
    const both = t.jit((a: t.Tensor, b: t.Tensor) => [a.add(b), a], { donate: [0, 1], device });
    const x = here.to(device);
    expect(await list(f(x, x))).toEqual([11, 22, 33, 44]);
    await expect(x.data()).rejects.toThrow("was donated to");
    expect(() => f(x, here)).toThrow("was donated to");
    const y = here.to(device);
    const turned = y.T;
    expect(await list(f(y, turned))).toEqual([11, 23, 32, 44]);
    await expect(turned.data()).rejects.toThrow("was donated to");
    const z = here.to(device);
    const [sum, same] = both(z, z) as [t.Tensor, t.Tensor];
    expect(await list(sum)).toEqual([2, 4, 6, 8]);
    expect(await list(same)).toEqual([1, 2, 3, 4]);
  });

  it("a donated tensor of the CPU is copied, and closed like any other", async () => {
    const f = t.jit((a: t.Tensor) => a.add(1), { donate: [0], device });
    const x = t.tensor([1, 2]);
    expect(await list(f(x))).toEqual([2, 3]);
    expect(() => x.dataSync()).toThrow("was donated to");
  });

  it("arguments and numbers may come from anywhere", async () => {
    const f = t.jit((a: t.Tensor, b: t.Tensor, c: t.Tensor | number) => t.add(a.mul(b), c));
    const x = here.to(device);
    for (const args of [
      [x, here],
      [here, x],
      [x, x],
    ] as const)
      expect(await list(f(args[0], args[1], 1))).toEqual([2, 5, 10, 17]);
    expect(Array.from(f(here, here, 1).dataSync())).toEqual([2, 5, 10, 17]);
  });

  it("a value of the device that a function closes over is read there", async () => {
    const w = here.to(device);
    const f = t.jit((a: t.Tensor) => a.add(w).add(w.T), { device });
    expect(await list(f(here))).toEqual([3, 7, 8, 12]);
    expect(await list(f(here.to(device)))).toEqual([3, 7, 8, 12]);
    const g = t.jit(
      (a: t.Tensor) =>
        t.scan((c: t.Tensor, v: t.Tensor): [t.Tensor, null] => [c.add(w).add(v), null], a, here)[0],
      { device },
    );
    expect(await list(g(here))).toEqual([7, 12, 13, 18]);
  });

  it("a function for the CPU that closes over such a value says so", async () => {
    const w = here.to(device);
    const f = t.jit((a: t.Tensor) => a.add(w));
    expect(() => f(here)).toThrow("the jitted function uses a tensor of gpu");
  });

  it("functions within functions are compiled as one", async () => {
    const inner = t.jit((a: t.Tensor) => a.mul(2));
    const f = t.jit((a: t.Tensor) => inner(inner(a)).add(1), { device });
    expect(await list(f(here))).toEqual([5, 9, 13, 17]);
    expect(t.lower(f)(here)).toContain("1 step on");
  });

  it("derivatives and batches of tensors of the device are the CPU's", async () => {
    const f = (a: t.Tensor): t.Tensor => a.square().mul([1, 2]).sum();
    const inner = t.jit(f);
    const x = here.to(device);
    const many = t.stack([here, here.add(1)], 0);
    const transforms: Readonly<Record<string, (a: t.Tensor) => t.Tensor>> = {
      grad: (a) => t.grad(f)(a),
      "grad of jit": (a) => t.grad(inner)(a),
      "jit of grad": (a) => t.jit(t.grad(f))(a),
      "jit of grad of jit": (a) =>
        t.jit(t.grad(inner), { device: a.to(device) === a ? device : undefined })(a),
      jvp: (a) => t.jvp(f, [a], [t.ones([2, 2])])[1] as t.Tensor,
      hessian: (a) => t.hessian(f)(a),
    };
    for (const [name, g] of Object.entries(transforms))
      expect(await list(g(x)), name).toEqual(Array.from(g(here).dataSync()));
    for (const g of [f, inner, t.grad(f), t.grad(inner)])
      expect(await list(t.vmap(g)(many.to(device)))).toEqual(
        Array.from(t.vmap(g)(many).dataSync()),
      );
  });

  it("a step that fails inside a plan or a loop leaves the device as it was", async () => {
    const most = 4 * device.target.maxLength;
    if (most >= 2 ** 32) return;
    const huge = (a: t.Tensor): t.Tensor =>
      t.sort(t.broadcastTo(a.sum(), [2 ** 15, 2 ** 15])).at(0, 0);
    const f = t.jit((a: t.Tensor) => [a.add(1), huge(a.mul(2).add(1))], { device });
    const g = t.jit(
      (a: t.Tensor) =>
        t.scan((c: t.Tensor, v: t.Tensor): [t.Tensor, t.Tensor] => [c.add(huge(v)), v], a.at(0), a),
      { device },
    );
    const x = here.to(device);
    await x.data();
    const { bytes } = device.memory();
    const results = [...f(x), ...g(x)];
    for (const y of results) await expect(y.data()).rejects.toThrow("expected tensors of at most");
    // Less where the collector has freed tensors of earlier tests meanwhile.
    expect(device.memory().bytes).toBeLessThanOrEqual(bytes);
    expect(await list(x.add(1))).toEqual([2, 3, 4, 5]);
  });

  it("closing the device ends a loop that would go on for ever", async () => {
    const own = await gpu({ backend: device.info.backend });
    const forever = t.jit(
      (v: t.Tensor) =>
        t.whileLoop(
          (u: t.Tensor) => u.greaterEqual(0),
          (u: t.Tensor) => u.mul(0.5),
          v,
        ),
      { device: own },
    );
    const pending = forever(t.tensor(1)).data();
    const outcome = expect(pending).rejects.toThrow("was closed by destroy()");
    await new Promise((resolve) => setTimeout(resolve, 100));
    own.destroy();
    await outcome;
  });
});
