import { expect, it } from "vitest";
import * as t from "../../src/index";
import { onEachDevice } from "./devices";

const values = async (...xs: readonly t.Tensor[]): Promise<number[][]> =>
  Promise.all(xs.map(async (x) => Array.from(await x.data())));

onEachDevice("donation", (device) => {
  it("keeps a donated tensor alive that is returned as it came to another argument", async () => {
    const f = t.jit(
      (a: t.Tensor, b: t.Tensor) => [a.add(1), b, b.mul(2), b.at(t.range(1))] as const,
      { donate: [0], device },
    );
    let x = t.ones([3]).to(device);
    for (let i = 1; i <= 4; i++) {
      const [next, same, double, part] = f(x, x);
      expect(await values(next, same, double, part)).toEqual([
        [i + 1, i + 1, i + 1],
        [i, i, i],
        [2 * i, 2 * i, 2 * i],
        [i, i],
      ]);
      x = next;
    }
  });

  it("keeps a donated tensor alive that is returned as a constant of the function", async () => {
    const c = t.tensor([1, 2]).to(device);
    const f = t.jit((a: t.Tensor) => [a.add(1), c, c.at(1)] as const, { donate: [0], device });
    expect(await values(...f(c))).toEqual([[2, 3], [1, 2], [2]]);
    expect(await values(...f(t.tensor([5, 6])))).toEqual([[6, 7], [1, 2], [2]]);
  });

  it("gives two results of one donated argument the same elements", async () => {
    const f = t.jit((a: t.Tensor) => [a, a, a.T, a.add(1)] as const, { donate: [0], device });
    const x = t.tensor([[1, 2]]).to(device);
    expect(await values(...f(x))).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
      [2, 3],
    ]);
    await expect(x.data()).rejects.toThrow("was donated to");
    const y = t.tensor([[3, 4]]).to(device);
    const swap = t.jit((a: t.Tensor, b: t.Tensor) => [b, a] as const, { donate: [0, 1], device });
    expect(await values(...swap(y, y))).toEqual([
      [3, 4],
      [3, 4],
    ]);
    await expect(y.data()).rejects.toThrow("was donated to");
  });

  it("does not take from a function what it read from outside at its first call", async () => {
    const c = t.tensor([1, 2]).to(device);
    const shift = t.jit((a: t.Tensor) => a.add(c), { device });
    const loop = t.jit(
      (a: t.Tensor) =>
        t.whileLoop(
          (v: t.Tensor) => v.sum().less(9),
          (v: t.Tensor) => v.add(c),
          a,
        ),
      { device },
    );
    const x = t.tensor([3, 4]);
    const before = await values(shift(x), loop(x));
    expect(before).toEqual([
      [4, 6],
      [4, 6],
    ]);
    const step = t.jit((a: t.Tensor) => a.mul(3), { donate: [0], device, name: "step" });
    expect(await values(step(c))).toEqual([[3, 6]]);
    // Memory that was given back would be taken for these.
    const others = [t.tensor([70, 80]).to(device), t.tensor([90, 91]).to(device)];
    expect(await values(shift(x), loop(x))).toEqual(before);
    expect(others).toHaveLength(2);
  });

  it("is refused by name where a function reads from outside what was donated before", async () => {
    const c = t.tensor([1, 2]).to(device);
    t.jit((a: t.Tensor) => a.mul(3), { donate: [0], device, name: "step" })(c);
    const shift = t.jit((a: t.Tensor) => a.add(c), { device, name: "shift" });
    expect(() => shift(t.tensor([3, 4]))).toThrow("shift: this tensor was donated to step");
  });
});
