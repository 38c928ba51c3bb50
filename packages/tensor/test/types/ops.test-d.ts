import {
  avgPool2d,
  bincount,
  clip,
  concat,
  conv2d,
  convTranspose2d,
  cumsum,
  einsum,
  isClose,
  matmul,
  maxPool2d,
  meshgrid,
  norm,
  pad,
  quantile,
  range,
  searchSorted,
  sort,
  split,
  sum,
  type Tensor,
  tensor,
  topK,
  type UniqueResult,
  unique,
  variance,
  where,
} from "@x/tensor";
import { expectTypeOf, test } from "vitest";

const x = tensor([
  [1, 2],
  [3, 4],
]);
const image = tensor([
  [
    [
      [1, 2],
      [3, 4],
    ],
  ],
]);

test("operations take tensors, numbers and nested arrays", () => {
  expectTypeOf(matmul(x, [[1], [2]])).toEqualTypeOf<Tensor>();
  expectTypeOf(where(x.greater(1), x, 0)).toEqualTypeOf<Tensor>();
  // @ts-expect-error one operand
  matmul(x);
  // @ts-expect-error text
  where("x > 0", x, 0);
  // @ts-expect-error both bounds are named, if only by undefined
  clip(x, 0);
});

test("axes are numbers or lists of numbers", () => {
  sum(x);
  sum(x, 0);
  sum(x, [0, -1], { keepDims: true });
  sum(x, null, { keepDims: true });
  // @ts-expect-error text
  sum(x, "0");
  // @ts-expect-error options are not axes
  sum(x, { keepDims: true });
  // @ts-expect-error one axis for running sums
  cumsum(x, [0, 1]);
  // @ts-expect-error an option of another function
  variance(x, 0, { p: 1 });
  norm(x, 0, { p: Number.POSITIVE_INFINITY });
});

test("indices are integers, ranges, null, dots, tensors or arrays", () => {
  expectTypeOf(x.at(0, range(0, 2), null)).toEqualTypeOf<Tensor>();
  x.at("...", -1);
  x.at([0, 1], x.greater(0));
  // @ts-expect-error Python's notation
  x.at("0:2");
  // @ts-expect-error a list of bounds is a list of indices, and undefined is none
  x.at([undefined, 2]);
  // @ts-expect-error null comes by itself
  x.at(undefined);
});

test("windows have to be given for pooling", () => {
  maxPool2d(image, { window: 2 });
  avgPool2d(image, { window: [2, 1], strides: 1, padding: "same", countPadding: true });
  // @ts-expect-error no options
  maxPool2d(image);
  // @ts-expect-error no window
  maxPool2d(image, { strides: 2 });
  // @ts-expect-error Keras' name
  maxPool2d(image, { poolSize: 2 });
  // @ts-expect-error an option of averages
  maxPool2d(image, { window: 2, countPadding: true });
});

test("paddings are words, numbers or pairs", () => {
  conv2d(image, image, { padding: "same", strides: [2, 1], dilation: 2, groups: 1 });
  conv2d(image, image, { padding: [1, [0, 1]] });
  convTranspose2d(image, image, { outputPadding: 1, strides: 2 });
  // @ts-expect-error TensorFlow's spelling
  conv2d(image, image, { padding: "SAME" });
  // @ts-expect-error singular
  conv2d(image, image, { stride: 2 });
  // @ts-expect-error only the transposed one has it
  conv2d(image, image, { outputPadding: 1 });
  pad(x, [[1, 0], 2], { mode: "reflect" });
  // @ts-expect-error a mode of another library
  pad(x, 1, { mode: "symmetric" });
});

test("lists of tensors go in as lists and come out as lists", () => {
  expectTypeOf(concat([x, x], 1)).toEqualTypeOf<Tensor>();
  expectTypeOf(split(x, 2)).toEqualTypeOf<Tensor[]>();
  expectTypeOf(meshgrid([[1, 2], [3]], { indexing: "ij" })).toEqualTypeOf<Tensor[]>();
  // @ts-expect-error one by one
  concat(x, x);
  // @ts-expect-error a third order
  meshgrid([[1]], { indexing: "ji" });
  // @ts-expect-error subscripts first
  einsum(x, "ij->ji");
});

test("results with several parts have names", () => {
  expectTypeOf(topK(x, 1).values).toEqualTypeOf<Tensor>();
  expectTypeOf(unique(x)).toEqualTypeOf<UniqueResult>();
  // @ts-expect-error results do not change
  topK(x, 1).values = x;
  // @ts-expect-error k is a number
  topK(x, { k: 1 });
});

test("choices are literals", () => {
  searchSorted([1, 2], 1, "right");
  // @ts-expect-error another word
  searchSorted([1, 2], 1, "upper");
  // @ts-expect-error a direction is an option
  sort(x, "descending");
  sort(x, -1, { descending: true });
  isClose(x, x, { relative: 1e-3 });
  // @ts-expect-error NumPy's name
  isClose(x, x, { rtol: 1e-3 });
  quantile(x, [0.1, 0.9], 0);
  bincount([0, 1], { length: 3, weights: [0.5, 0.5] });
  // @ts-expect-error NumPy's name
  bincount([0, 1], { minlength: 3 });
});
