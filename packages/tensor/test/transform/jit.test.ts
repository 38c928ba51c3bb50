import {
  ArgumentError,
  grad,
  jit,
  jvp,
  lower,
  matmul,
  ones,
  type Tensor,
  TraceError,
  tensor,
  valueAndGrad,
  vmap,
  where,
  zeros,
} from "@x/tensor";
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "../../src/cpu/runtime";

describe("jit", () => {
  test("computes what the function computes, bit for bit where no order of sums is involved", () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.mul(y).sub(0.3).tanh().where(x, y);
    const x = tensor([0.1, -2, 3.5]);
    const y = tensor([1.5, 0.25, -1]);
    expect(Array.from(jit(f)(x, y).dataSync())).toEqual(Array.from(f(x, y).dataSync()));
  });

  test("traces once for each shape, dtype and static value", () => {
    let traces = 0;
    const f = jit((x: Tensor, scale: number, mode: string): Tensor => {
      traces++;
      return mode === "double" ? x.mul(scale).mul(2) : x.mul(scale);
    });
    expect(f(tensor([1, 2]), 3, "single").toArray()).toEqual([3, 6]);
    expect(f(tensor([5, 6]), 4, "single").toArray()).toEqual([20, 24]);
    expect(traces).toBe(1);
    f(tensor([1, 2]), 3, "double");
    f(tensor([1, 2, 3]), 3, "single");
    f(tensor([1, 2], { dtype: "f64" }), 3, "single");
    expect(traces).toBe(4);
  });

  test("takes and returns trees, with numbers, strings and null in them", () => {
    const f = jit((s: { a: Tensor; b: readonly [number, null] }) => ({
      sum: s.a.add(s.b[0]),
      kind: "sum",
      count: 3,
      parts: [s.a, null] as const,
      same: s.a,
    }));
    const a = tensor([1, 2]);
    const out = f({ a, b: [10, null] });
    expect(out.sum.toArray()).toEqual([11, 12]);
    expect(out.kind).toBe("sum");
    expect(out.count).toBe(3);
    expect(out.parts[1]).toBeNull();
    expect(out.same).toBe(a);
  });

  test("composes with itself and with every other transformation, in any order", () => {
    const f = (x: Tensor): Tensor => x.square().mul(x).sum();
    const x = tensor([1, 2, 3], { dtype: "f64" });
    const g = [3, 12, 27];
    expect(jit(grad(f))(x).toArray()).toEqual(g);
    expect(grad(jit(f))(x).toArray()).toEqual(g);
    expect(grad(jit(jit(f)))(x).toArray()).toEqual(g);
    expect(jit(grad(jit(f)))(x).toArray()).toEqual(g);
    const batch = tensor(
      [
        [1, 2, 3],
        [0, 1, 0],
      ],
      { dtype: "f64" },
    );
    expect(vmap(jit(f))(batch).toArray()).toEqual([36, 1]);
    expect(vmap(grad(jit(f)))(batch).toArray()).toEqual([g, [0, 3, 0]]);
    expect(jit(vmap(grad(f)))(batch).toArray()).toEqual([g, [0, 3, 0]]);
    expect(grad((v: Tensor) => vmap(jit(f))(v).sum())(batch).toArray()).toEqual([g, [0, 3, 0]]);
    const h = grad((v: Tensor) => grad(jit(f))(v).sum());
    expect(h(x).toArray()).toEqual([6, 12, 18]);
    const one = ones([3], { dtype: "f64" });
    expect(jvp(grad(jit(f)), [x], [one])[1].toArray()).toEqual([6, 12, 18]);
    expect(jit(() => jvp(jit(f), [x], [one])[1])().item()).toBe(42);
  });

  test("may close over values of an enclosing transformation", () => {
    const g = grad((x: Tensor) => jit((y: Tensor) => x.mul(y))(x.mul(2)));
    expect(g(tensor(3)).item()).toBe(12);
  });

  test("results may be inputs, constants, views and the same value twice", () => {
    const c = tensor([7, 8]);
    const f = jit((x: Tensor) => [x, c, x.T, x.at(0), x.T, x.sum(), x.sum()] as const);
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(f(x).map((y) => y.toArray())).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [7, 8],
      [
        [1, 3],
        [2, 4],
      ],
      [1, 2],
      [
        [1, 3],
        [2, 4],
      ],
      10,
      10,
    ]);
  });

  test("runs on strided, broadcast and empty arguments", () => {
    const f = jit((x: Tensor) => x.exp().sum(0));
    const x = tensor([
      [0, 1],
      [2, 3],
    ]);
    expect(f(x.T).toArray()).toEqual(x.T.exp().sum(0).toArray());
    expect(f(tensor([0, 0]).broadcastTo([3, 2])).toArray()).toEqual([3, 3]);
    expect(f(zeros([0, 2])).toArray()).toEqual([0, 0]);
  });

  test("forgets the versions that were used longest ago, so memory stays bounded", () => {
    const f = jit((x: Tensor) => x.mul(2).matmul(ones([x.shape[0] as number])), { cacheSize: 8 });
    const { heap } = cpuRuntime();
    for (let n = 1; n <= 40; n++) f(ones([n]));
    const before = heap.liveBytes;
    for (let n = 1; n <= 1000; n++) expect(f(ones([n])).item()).toBe(2 * n);
    expect(heap.liveBytes - before).toBeLessThan(1 << 18);
  });
});

describe("donation", () => {
  const step = jit((s: { w: Tensor; n: Tensor }, g: Tensor) => ({ w: s.w.sub(g), n: s.n.add(1) }), {
    donate: [0],
    name: "step",
  });

  test("updates state over many calls and refuses the old one", () => {
    const g = tensor([1, 0.5]);
    const first = { w: tensor([0, 0]), n: tensor(0) };
    let state = step(first, g);
    for (let i = 0; i < 9; i++) state = step(state, g);
    expect(state.w.toArray()).toEqual([-10, -5]);
    expect(state.n.item()).toBe(10);
    expect(() => first.w.toArray()).toThrow(ArgumentError);
    expect(() => first.w.add(1)).toThrow("this tensor was donated to step");
  });

  test("does not overwrite what another argument or another result still reads", () => {
    const f = jit((a: Tensor, b: Tensor) => [a.add(1), a.mul(b)] as const, { donate: [0] });
    const a = tensor([1, 2, 3]);
    const [next, product] = f(a, tensor([2, 2, 2]));
    expect(product.toArray()).toEqual([2, 4, 6]);
    const [again, square] = f(next, next);
    expect(again.toArray()).toEqual([3, 4, 5]);
    expect(square.toArray()).toEqual([4, 9, 16]);
    const swap = jit((x: Tensor, y: Tensor) => [y, x, x.sum()] as const, { donate: [0, 1] });
    let [p, q]: readonly Tensor[] = [tensor([1, 2]), tensor([3, 4])];
    for (let i = 0; i < 3; i++) [p, q] = swap(p as Tensor, q as Tensor);
    expect([p?.toArray(), q?.toArray()]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    const turn = jit((x: Tensor) => [x.T.add(0), x.sum(0)] as const, { donate: [0] });
    const [turned] = turn(
      turn(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      )[0],
    );
    expect(turned.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("keeps a donated tensor alive that is returned as it came to another argument", () => {
    const f = jit((a: Tensor, b: Tensor) => [a.add(1), b, b.mul(2)] as const, { donate: [0] });
    for (const n of [2, 1 << 15]) {
      let x = ones([n]);
      for (let i = 1; i <= 4; i++) {
        const [next, same, double] = f(x, x);
        expect([next, same, double].map((y) => y.at(-1).item())).toEqual([i + 1, i, 2 * i]);
        x = next;
      }
    }
  });

  test("keeps a donated tensor alive that is returned as a constant of the function", () => {
    for (const n of [2, 1 << 15]) {
      const c = ones([n]).add(1);
      const f = jit((a: Tensor) => [a.add(1), c] as const, { donate: [0] });
      for (const x of [c, ones([n]).add(1)])
        expect(f(x).map((y) => y.at(-1).item())).toEqual([3, 2]);
    }
  });

  test("refuses donated tensors alike, whether a result took their memory over or not", () => {
    const sum = jit((a: Tensor) => a.sum(), { donate: [0], name: "sum" });
    const { heap } = cpuRuntime();
    let before = 0;
    for (let round = 0; round < 3; round++) {
      for (const n of [2, 1 << 15, 1 << 19]) {
        const x = step({ w: zeros([n]), n: tensor(0) }, ones([n])).w;
        expect(sum(x).item()).toBe(-n);
        expect(() => x.add(1)).toThrow("add: this tensor was donated to sum");
        expect(() => sum(x)).toThrow("sum: this tensor was donated to sum");
      }
      // The first round makes the scratch memory that the others use again.
      if (round === 0) before = heap.liveBytes;
    }
    expect(heap.liveBytes - before).toBeLessThan(1 << 16);
  });

  test("moves one block of heap memory along with large state, and takes none for small state", () => {
    const blockOf = (x: Tensor): unknown => x.concrete?.storage.block;
    let state = step({ w: zeros([1 << 15]), n: tensor(0) }, ones([1 << 15]));
    const block = blockOf(state.w);
    expect(block).toBeDefined();
    for (let i = 0; i < 3; i++) state = step(state, ones([1 << 15]));
    // To make and to forget a block costs as much as the arithmetic on many thousand elements.
    expect(blockOf(state.w)).toBe(block);
    expect(blockOf(state.n)).toBeUndefined();
    expect([state.w.at(-1).item(), state.n.item()]).toEqual([-4, 4]);
  });

  test("does not let heap memory grow, however long the loop", () => {
    const { heap } = cpuRuntime();
    let state = { w: zeros([1000]), n: tensor(0) };
    const g = ones([1000]);
    for (let i = 0; i < 10; i++) state = step(state, g);
    const before = heap.liveBytes;
    for (let i = 0; i < 2000; i++) state = step(state, g);
    expect(heap.liveBytes).toBe(before);
    expect(state.w.at(0).item()).toBe(-2010);
  });
});

describe("jit refuses", () => {
  const x = tensor([1, 2]);

  test("reading a traced value, and says what to use instead", () => {
    const f = jit((v: Tensor) => (v.sum().item() > 0 ? v : v.neg()));
    expect(() => f(x)).toThrow(TraceError);
    expect(() => f(x)).toThrow(/item: .*use where, cond, scan or whileLoop instead of a branch/);
    const branch = jit((v: Tensor) => ((v.greater(0) as unknown as number) > 0 ? v : v.neg()));
    expect(() => branch(x)).toThrow(/operators do not work on tensors/);
  });

  test("a traced value that leaks out of the function", () => {
    const leaked: Tensor[] = [];
    const f = jit((v: Tensor) => {
      leaked.push(v.mul(2));
      return v;
    });
    f(x);
    expect(() => leaked[0]?.add(1)).toThrow(TraceError);
    expect(() => leaked[0]?.add(1)).toThrow(
      /add: .*traced by a jit that has already returned; return it/,
    );
    expect(() => leaked[0]?.toArray()).toThrow(TraceError);
  });

  test("shapes that depend on values", () => {
    expect(() => jit((v: Tensor) => v.at(v.greater(1)))(x)).toThrow(/depends on values/);
  });

  test("an asynchronous function", () => {
    expect(() => jit(async (v: Tensor) => v)(x)).toThrow(/returns a Promise/);
  });
});

test("gradients outside of jit may branch on values", () => {
  const f = (x: Tensor): Tensor => (x.sum().item() > 0 ? x.square().sum() : x.sum());
  expect(grad(f)(tensor([1, 2])).toArray()).toEqual([2, 4]);
  expect(grad(f)(tensor([-1, -2])).toArray()).toEqual([1, 1]);
});

test("lower prints fused steps with their operations and bytes", () => {
  const plan = lower((x: Tensor) => x.exp().mul(2).add(1).sum(1))(zeros([8, 4]));
  expect(plan).toContain("1 step,");
  expect(plan).toContain("sum over axes [1] of exp mul add");
  expect(plan).toContain("f32[8, 4] → f32[8]");
  expect(plan).toMatch(/128 flops, 160 bytes/);
});

describe("stopGradient", () => {
  const layer = (w: Tensor, x: Tensor): Tensor => matmul(x, w).tanh();
  const forward = (ws: readonly Tensor[], x: Tensor): Tensor =>
    ws.reduce((h, w) => layer(w, h), x).sum();
  const ws = [0, 1, 2, 3].map((i) => ones([16, 16]).mul(0.05 * (i + 1)));
  const x = ones([4, 16]);
  const products = (frozen: number): number => {
    const loss = (all: readonly Tensor[], v: Tensor): Tensor =>
      forward(
        all.map((w, i) => (i < frozen ? w.stopGradient() : w)),
        v,
      );
    const plan = lower((all: readonly Tensor[], v: Tensor) => valueAndGrad(loss)(all, v))(ws, x);
    return plan.match(/^ *\d+ {2}cpu {2}dot$/gm)?.length ?? 0;
  };

  test("prunes the backward pass of what lies before it", () => {
    // Four forward products; backwards one for each weight, and one for each input but that of the first layer.
    expect(products(0)).toBe(4 + 4 + 3);
    expect(products(2)).toBe(4 + 2 + 1);
    expect(products(3)).toBe(4 + 1);
    expect(products(4)).toBe(4);
  });

  test("leaves gradients of the rest as they are", () => {
    const full = grad((all: readonly Tensor[]) => forward(all, x))(ws);
    const part = grad((all: readonly Tensor[]) =>
      forward(
        all.map((w, i) => (i < 2 ? w.stopGradient() : w)),
        x,
      ),
    )(ws);
    expect(part[0]?.dataSync().every((v) => v === 0)).toBe(true);
    expect(part[3]?.toArray()).toEqual(full[3]?.toArray());
  });
});

test("per-example gradients by vmap(grad) run as batched products, not as a loop", () => {
  const loss = (w: Tensor, x: Tensor, y: Tensor): Tensor => matmul(x, w).sub(y).square().sum();
  const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] });
  const w = ones([3, 2]);
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const y = zeros([2, 2]);
  const gs = perExample(w, x, y);
  expect(gs.shape).toEqual([2, 3, 2]);
  expect(gs.at(1).toArray()).toEqual(grad(loss)(w, x.at(1), y.at(1)).toArray());
  const plan = lower(perExample)(w, x, y);
  expect(plan.match(/cpu {2}dot/g)?.length).toBe(2);
});

test("where keeps the gradient of the branch not taken out", () => {
  const f = (x: Tensor): Tensor => where(x.greater(0), x.greater(0).where(x, 1).log(), 0).sum();
  expect(grad(f)(tensor([2, -1])).toArray()).toEqual([0.5, 0]);
});
