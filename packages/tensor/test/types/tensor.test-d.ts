import {
  arange,
  type DType,
  full,
  isTensor,
  type Nested,
  type Shape,
  Tensor,
  type TypedArray,
  tensor,
  zeros,
} from "@x/tensor";
import { expectTypeOf, test } from "vitest";

const x = tensor([1, 2, 3]);

test("tensor takes numbers, booleans, tensors and typed arrays, and nothing else", () => {
  expectTypeOf(tensor(1)).toEqualTypeOf<Tensor>();
  expectTypeOf(tensor([[true], [false]])).toEqualTypeOf<Tensor>();
  expectTypeOf(tensor([x, x])).toEqualTypeOf<Tensor>();
  expectTypeOf(tensor(new Float64Array(2), { shape: [1, 2] })).toEqualTypeOf<Tensor>();
  // @ts-expect-error text is not a number
  tensor("x");
  // @ts-expect-error nor inside an array
  tensor([1, "2"]);
  // @ts-expect-error no null
  tensor(null);
  // @ts-expect-error 64-bit integers have no dtype
  tensor(new BigInt64Array(2));
  // @ts-expect-error nor have 16-bit integers
  tensor(new Int16Array(2));
  // @ts-expect-error a buffer has no element type
  tensor(new ArrayBuffer(8));
});

test("dtypes are literals", () => {
  expectTypeOf<DType>().toEqualTypeOf<"f32" | "f64" | "i32" | "u32" | "u8" | "bool">();
  expectTypeOf(x.dtype).toEqualTypeOf<DType>();
  tensor([1], { dtype: "f64" });
  // @ts-expect-error NumPy's name
  tensor([1], { dtype: "float64" });
  // @ts-expect-error a dtype that does not exist
  zeros([2], { dtype: "i64" });
  // @ts-expect-error any text
  x.cast("int");
});

test("options with unknown keys are refused", () => {
  // @ts-expect-error misspelt
  tensor([1], { dType: "f64" });
  // @ts-expect-error the dtype is an option
  zeros([2], "f64");
  // @ts-expect-error a device belongs to no tensor
  full([2], 1, { device: "gpu" });
  // @ts-expect-error NumPy's spelling
  x.sum(0, { keepdims: true });
});

test("shapes are lists of numbers", () => {
  expectTypeOf(x.shape).toEqualTypeOf<Shape>();
  expectTypeOf<Shape>().toEqualTypeOf<readonly number[]>();
  x.reshape([3, -1]);
  // @ts-expect-error text
  x.reshape("2");
  // @ts-expect-error a bare number
  x.reshape(3);
  // @ts-expect-error lengths one by one
  x.reshape(3, 1);
  // @ts-expect-error lengths one by one
  zeros(2, 3);
  // @ts-expect-error shapes do not change
  x.shape[0] = 1;
  // @ts-expect-error nor does a tensor's
  x.shape = [3, 1];
});

test("methods take what the functions take", () => {
  expectTypeOf(x.add(1).mul(x).sub([1, 2, 3]).where(true, 0)).toEqualTypeOf<Tensor>();
  // @ts-expect-error text
  x.add("1");
  // @ts-expect-error nothing
  x.add();
  // @ts-expect-error null
  x.mul(null);
  // @ts-expect-error a whole typed array has to become a tensor first
  x.add(new Float32Array(3));
  // @ts-expect-error a promise
  x.add(x.data());
  // @ts-expect-error operators do not work on tensors
  void (x * 2);
  // @ts-expect-error misspelt
  x.matMul(x);
});

test("elements come out as typed arrays, nested arrays or one number", () => {
  expectTypeOf(x.dataSync()).toEqualTypeOf<TypedArray>();
  expectTypeOf(x.data()).toEqualTypeOf<Promise<TypedArray>>();
  expectTypeOf(x.toArray()).toEqualTypeOf<Nested>();
  expectTypeOf(x.item()).toEqualTypeOf<number>();
  expectTypeOf(x.toJSON().dtype).toEqualTypeOf<DType>();
});

test("a tensor is made by functions, not by its constructor", () => {
  // @ts-expect-error private
  new Tensor([1], "f32", undefined, undefined);
  expectTypeOf(arange(3)).toEqualTypeOf<Tensor>();
});

test("isTensor narrows", () => {
  const y = x as Tensor | number;
  if (isTensor(y)) expectTypeOf(y).toEqualTypeOf<Tensor>();
  else expectTypeOf(y).toEqualTypeOf<number>();
});
