import { describe, expect, it } from "vitest";
import * as x from "../src/index";

describe("tensor", () => {
  it("reads nested arrays, numbers and booleans: f32 and bool by default", () => {
    expect(
      x.tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).shape,
    ).toEqual([2, 3]);
    expect(x.tensor(2).shape).toEqual([]);
    expect(x.tensor([1]).dtype).toBe("f32");
    expect(x.tensor([true, false]).dtype).toBe("bool");
    expect(x.tensor([true, 2]).toArray()).toEqual([1, 2]);
    expect(x.tensor([]).shape).toEqual([0]);
    expect(x.tensor([[], []]).shape).toEqual([2, 0]);
    expect(x.tensor([1, 2, 3, 4], { shape: [2, 2], dtype: "i32" }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("reads every dtype as a cast would: truncated and saturated", () => {
    const values = [1.9, -1.9, 3e9, -3e9, NaN, 300];
    for (const dtype of ["i32", "u32", "u8", "bool"] as const) {
      const read = x.tensor(values, { dtype });
      expect(read.toArray()).toEqual(x.tensor(values, { dtype: "f64" }).cast(dtype).toArray());
      expect(x.full([1], 3e9, { dtype }).toArray()).toEqual(x.tensor([3e9], { dtype }).toArray());
    }
  });

  it("takes tensors as they are, casts and reshapes them, and stacks nested ones", () => {
    const t = x.arange(4);
    expect(x.tensor(t)).toBe(t);
    expect(x.tensor(t, { shape: [2, 2], dtype: "u8" }).toArray()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(x.tensor([t, t]).shape).toEqual([2, 4]);
    expect(x.tensor([[t], [t]], { dtype: "f64" }).shape).toEqual([2, 1, 4]);
  });

  it("refuses ragged arrays, wrong shapes, dtypes and kinds", () => {
    expect(() => x.tensor([[1], [1, 2]])).toThrow(
      "tensor: expected nested arrays of equal lengths [2, 1]; got one of length 2 at depth 1",
    );
    expect(() => x.tensor([[1], 2])).toThrow(
      "tensor: expected nested arrays of depth 2; got 2 at depth 1",
    );
    expect(() => x.tensor([1, [2]])).toThrow(x.ShapeError);
    expect(() => x.tensor([1, 2], { shape: [3] })).toThrow(
      "tensor: expected 3 elements for shape [3]; got 2",
    );
    expect(() => x.tensor([1], { dtype: "f16" as never })).toThrow(
      "tensor: expected a dtype of bool, u8, i32, u32, f32, f64; got f16",
    );
    expect(() => x.tensor("1" as never)).toThrow(
      "tensor: expected numbers, booleans or tensors; got string",
    );
    expect(() => x.tensor([1, null] as never)).toThrow("got null");
    expect(() => x.tensor([x.zeros([1]), 2])).toThrow("got a mixture; use stack");
  });
});

describe("typed arrays", () => {
  const arrays = [
    ["f32", Float32Array],
    ["f64", Float64Array],
    ["i32", Int32Array],
    ["u32", Uint32Array],
    ["u8", Uint8Array],
  ] as const;

  it.each(arrays)("of %s are copied by default", (dtype, Type) => {
    const data = new Type([1, 2, 3]);
    const t = x.tensor(data);
    expect(t.dtype).toBe(dtype);
    data[0] = 9;
    expect(t.toArray()).toEqual([1, 2, 3]);
  });

  it.each(arrays)("of %s are used as they are with copy: false", (_, Type) => {
    const data = new Type([1, 2, 3]);
    const t = x.tensor(data, { copy: false });
    expect(t.concrete?.storage.array).toBe(data);
  });

  it("keep their window on a larger buffer", () => {
    const buffer = new Float64Array([0, 1, 2, 3, 4]).buffer;
    const window = new Float64Array(buffer, 8, 3);
    expect(x.tensor(window, { copy: false }).mul(1).toArray()).toEqual([1, 2, 3]);
    expect(x.tensor(window).toArray()).toEqual([1, 2, 3]);
  });

  it("are copied out: what dataSync and data give belongs to the caller", async () => {
    const t = x.tensor([1, 2]);
    t.dataSync()[0] = 9;
    (await t.data())[1] = 9;
    expect(t.toArray()).toEqual([1, 2]);
    expect(t.dataSync()).toBeInstanceOf(Float32Array);
    expect(x.tensor([true]).dataSync()).toEqual(new Uint8Array([1]));
  });

  it("of bytes become bool on request, any non-zero byte being true", () => {
    expect(x.tensor(new Uint8Array([0, 1]), { dtype: "bool", copy: false }).toArray()).toEqual([
      false,
      true,
    ]);
    expect(x.tensor(new Uint8Array([0, 7]), { dtype: "bool" }).dataSync()).toEqual(
      new Uint8Array([0, 1]),
    );
  });

  it("of other kinds are refused by name", () => {
    for (const data of [
      new Int8Array(1),
      new BigInt64Array(1),
      new Uint16Array(1),
      new DataView(new ArrayBuffer(1)),
    ]) {
      expect(() => x.tensor(data as never)).toThrow(x.ArgumentError);
    }
    expect(() => x.tensor(new Int16Array(1) as never)).toThrow("got Int16Array; convert it first");
  });

  it("are given in C order whatever the layout", () => {
    const t = x.arange(6).reshape([2, 3]);
    expect([...t.T.dataSync()]).toEqual([0, 3, 1, 4, 2, 5]);
    expect([...t.flip().dataSync()]).toEqual([5, 4, 3, 2, 1, 0]);
    expect([...t.at(x.range(), x.range(undefined, undefined, 2)).dataSync()]).toEqual([0, 2, 3, 5]);
    expect([...x.tensor([7]).broadcastTo([2, 2]).dataSync()]).toEqual([7, 7, 7, 7]);
  });
});

describe("makers of tensors", () => {
  it("zeros, ones, full and their likes", () => {
    expect(x.zeros([2]).toArray()).toEqual([0, 0]);
    expect(x.ones([1, 2], { dtype: "bool" }).toArray()).toEqual([[true, true]]);
    expect(x.full([2], -1, { dtype: "i32" }).toArray()).toEqual([-1, -1]);
    const like = x.zeros([2], { dtype: "u8" });
    expect(
      [x.zerosLike(like), x.onesLike(like), x.fullLike(like, 7)].map((t) => t.toArray()),
    ).toEqual([
      [0, 0],
      [1, 1],
      [7, 7],
    ]);
    expect(x.onesLike(like).dtype).toBe("u8");
    expect(x.onesLike(like, { dtype: "f64" }).dtype).toBe("f64");
  });

  it("constants of any size take no memory", () => {
    expect(x.zeros([2 ** 15, 2 ** 15]).concrete?.storage.length).toBe(1);
  });

  it("arange counts up and down, never reaching the end", () => {
    expect(x.arange(3).toArray()).toEqual([0, 1, 2]);
    expect(x.arange(3, 0, -1).toArray()).toEqual([3, 2, 1]);
    expect(x.arange(0, 1, 0.3, { dtype: "f64" }).toArray()).toEqual([
      0, 0.3, 0.6, 0.8999999999999999,
    ]);
    expect(x.arange(2, 2).shape).toEqual([0]);
    expect(x.arange(-3).shape).toEqual([0]);
  });

  it("linspace includes both ends exactly", () => {
    // 0.1 + 11 · (0.8 / 11) is 0.9000000000000001.
    expect(x.linspace(0.1, 0.9, 12, { dtype: "f64" }).at(-1).item()).toBe(0.9);
    expect(x.linspace(0, 1, 3).toArray()).toEqual([0, 0.5, 1]);
    expect(x.linspace(5, 9, 1).toArray()).toEqual([5]);
    expect(x.linspace(5, 9, 0).shape).toEqual([0]);
  });

  it("eye has ones on the diagonal", () => {
    expect(x.eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(x.eye(2, 2, { dtype: "bool" }).toArray()).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it("refuse shapes and numbers that cannot be, each by its own name", () => {
    expect(() => x.zeros([-1])).toThrow(
      "zeros: lengths of axes must be non-negative integers; the shape is [-1]",
    );
    expect(() => x.ones([1.5])).toThrow("ones: lengths of axes");
    expect(() => x.full([2 ** 16, 2 ** 16], 1)).toThrow(
      "full: a tensor holds at most 2^31 − 1 elements",
    );
    expect(() => x.eye(2, 2, { dtype: "f8" as never })).toThrow("eye: expected a dtype");
    expect(() => x.arange(0, 1, 0)).toThrow(
      "arange: expected finite bounds and a step other than 0; got 0, 1, 0",
    );
    expect(() => x.arange(Infinity)).toThrow(x.ArgumentError);
    expect(() => x.linspace(0, 1, -1)).toThrow(
      "linspace: expected a non-negative integer count; got -1",
    );
  });
});
