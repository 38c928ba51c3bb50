import { describe, expect, it } from "vitest";
import * as x from "../src/index";
import { Tensor } from "../src/index";
import { assertClose } from "../src/testing";

const functions = x as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;

/** Members that are not operations. */
const others = ["constructor", "to", "dataSync", "data", "item", "toArray", "toString", "toJSON"];
const accessors = ["rank", "size", "T", "@x/tensor/1"];

const methods = Object.getOwnPropertyNames(Tensor.prototype).filter(
  (name) => !others.includes(name) && !accessors.includes(name),
);

/** Arguments after the tensor, for methods that need some. */
const rest: Record<string, unknown[]> = {
  add: [2],
  sub: [2],
  mul: [2],
  div: [2],
  floorDivide: [2],
  mod: [2],
  pow: [2],
  maximum: [2],
  minimum: [2],
  atan2: [2],
  clip: [0, 1],
  equal: [1],
  notEqual: [1],
  less: [1],
  lessEqual: [1],
  greater: [1],
  greaterEqual: [1],
  logicalAnd: [1],
  logicalOr: [1],
  logicalXor: [1],
  where: [1, 2],
  cast: ["i32"],
  matmul: [[1, 2]],
  reshape: [[4]],
  swapAxes: [0, 1],
  moveAxis: [0, 1],
  expandDims: [0],
  broadcastTo: [[3, 2, 2]],
  split: [2],
  tile: [[2]],
  repeat: [2],
  roll: [1],
  pad: [1],
  at: [0],
  take: [[1]],
  takeAlongAxis: [[[1], [0]]],
  quantile: [0.3],
  topK: [1],
};

describe("methods and functions", () => {
  const sample = x.tensor(
    [
      [0.25, 0.5],
      [0.75, 0.125],
    ],
    { dtype: "f64" },
  );

  it.each(methods)("x.%s(…) is the function of that name", (name) => {
    const method = (sample as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
    const f = functions[name];
    expect(f, `${name} is exported`).toBeTypeOf("function");
    const args = rest[name] ?? [];
    assertClose(method?.apply(sample, args), f?.(sample, ...args), { relative: 0, absolute: 0 });
  });

  it("methods pass their options on", () => {
    const t = x.tensor([[3, 1, 2]]);
    expect(t.sum(1, { keepDims: true }).shape).toEqual([1, 1]);
    expect(t.variance(1, { ddof: 1 }).item()).toBe(1);
    expect(t.norm(1, { p: 1 }).item()).toBe(6);
    expect(t.sort(-1, { descending: true }).toArray()).toEqual([[3, 2, 1]]);
    expect(t.cumsum(1, { reverse: true }).toArray()).toEqual([[6, 3, 2]]);
    expect(
      t
        .pad(
          [
            [0, 0],
            [1, 0],
          ],
          { value: 9 },
        )
        .toArray(),
    ).toEqual([[9, 3, 1, 2]]);
    expect(t.quantile([0, 1], 1, { keepDims: true }).shape).toEqual([2, 1, 1]);
    expect(t.diagonal({ offset: 1 }).toArray()).toEqual([1]);
    expect(t.softmax(0).toArray()).toEqual([[1, 1, 1]]);
    expect(t.gelu(true).shape).toEqual([1, 3]);
  });
});

describe("a tensor", () => {
  it("knows its shape, rank, size and dtype", () => {
    const t = x.zeros([2, 0, 3], { dtype: "u8" });
    expect([t.shape, t.rank, t.size, t.dtype]).toEqual([[2, 0, 3], 3, 0, "u8"]);
  });

  it("gives nested arrays: booleans for bool, a bare value for a scalar", () => {
    expect(
      x
        .tensor([
          [1, 2],
          [3, 4],
        ])
        .T.toArray(),
    ).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(x.tensor([true]).toArray()).toEqual([true]);
    expect(x.tensor(5).toArray()).toBe(5);
    expect(x.zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(x.zeros([0, 2]).toArray()).toEqual([]);
  });

  it("gives its only element as a number", () => {
    expect(x.tensor([[7]]).item()).toBe(7);
    expect(x.tensor(true).item()).toBe(1);
    expect(() => x.tensor([1, 2]).item()).toThrow(
      "item: expected a tensor with one element; got shape [2]; index it first",
    );
  });

  it("survives JSON as dtype, shape and elements", () => {
    const json = JSON.parse(JSON.stringify(x.tensor([[1, 2]], { dtype: "u8" })));
    expect(json).toEqual({ dtype: "u8", shape: [1, 2], data: [1, 2] });
    expect(x.tensor(json.data, json).toArray()).toEqual([[1, 2]]);
  });

  it("refuses operators, which JavaScript would misread, and says what to use", () => {
    const t = x.tensor([1]) as unknown as number;
    expect(() => t + 1).toThrow("operators do not work on tensors; use methods such as x.add(y)");
    expect(() => t > 1).toThrow(x.ArgumentError);
    expect(() => t + ("text" as unknown as number)).toThrow(
      "x.item() for a number, String(x) for text",
    );
    expect(`${t}`).toBe("Tensor f32[1]\n[1]");
  });

  it("is known as such, and nothing else is", () => {
    expect(x.isTensor(x.zeros([1]))).toBe(true);
    for (const other of [null, undefined, 1, [1], {}, new Float32Array(1)])
      expect(x.isTensor(other)).toBe(false);
    // A copy made for another thread has no methods.
    expect(x.isTensor(structuredClone(x.tensor([1, 2])))).toBe(false);
  });

  it("cannot be read while it is traced, but inside grad it can", () => {
    expect(() => x.jit((t: Tensor) => x.tensor(t.item()))(x.tensor(1))).toThrow(x.TraceError);
    expect(() => x.vmap((t: Tensor) => x.tensor(t.toArray() as number))(x.zeros([2]))).toThrow(
      "inside vmap it stands for a whole batch",
    );
    let seen = 0;
    x.grad((t: Tensor) => {
      seen = t.item();
      return t.square();
    })(x.tensor(3));
    expect(seen).toBe(3);
  });

  it("is refused after its trace has ended", () => {
    let leaked: Tensor | undefined;
    x.jit((t: Tensor) => {
      leaked = t.mul(2);
      return leaked;
    })(x.tensor(1));
    expect(() => leaked?.add(1)).toThrow(
      "add: expected a live value; got one traced by a jit that has already returned",
    );
    expect(() => leaked?.dataSync()).toThrow(
      "dataSync: expected a live value; got one traced by a jit that has already returned",
    );
  });

  it("that stands for a number of jit says how to keep the number, wherever one is needed", () => {
    const mistakes: readonly ((n: number) => unknown)[] = [
      (n) => x.zeros([n]),
      (n) => x.arange(n),
      (n) => x.linspace(0, 1, n),
      (n) => x.zeros([4]).reshape([n, 2]),
      (n) => x.tile([1], [n]),
      (n) => x.zeros([4]).at(x.range(n)),
      (n) => n > 1,
      (n) => n + 1,
    ];
    for (const f of mistakes)
      expect(() => x.jit(f)(2)).toThrow("a number argument of jit stays one if named in static");
  });
});
