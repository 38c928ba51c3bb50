import * as t from "@x/tensor";
import { expect, test } from "vitest";

// What the types rule out still happens in plain JavaScript.
const js = t as unknown as Record<string, (...args: unknown[]) => unknown>;
const x = t.tensor([
  [1, 2],
  [3, 4],
]);
const image = t.ones([1, 1, 3, 3]);

const mistakes: readonly (readonly [title: string, call: () => unknown, message: string])[] = [
  [
    "lengths one by one",
    () => js["zeros"]?.(2, 3),
    "zeros: expected a list for the shape; got 2; write [ ] around it",
  ],
  [
    "a new shape length by length",
    () => js["reshape"]?.(x, 4, 1),
    "reshape: expected a list for the shape; got 4; write [ ] around it",
  ],
  [
    "a number for the shape of random numbers",
    () => t.random.normal(t.random.key(0), 3 as never),
    "normal: expected a list for the shape; got 3",
  ],
  [
    "axes one by one",
    () => js["transpose"]?.(x, 1, 0),
    "transpose: expected a list for the order of axes; got 1",
  ],
  [
    "tensors one by one",
    () => js["concat"]?.(x, x),
    "concat: expected a list for the tensors; got a tensor of f32 and shape [2, 2]",
  ],
  ["one count", () => js["tile"]?.(x, 2), "tile: expected a list for the counts; got 2"],
  [
    "options in the place of axes",
    () => js["sum"]?.(x, { keepDims: true }),
    "sum: expected an axis or a list of axes; got object; options come after the axes",
  ],
  [
    "NumPy's name of a dtype",
    () => js["cast"]?.(x, "float32"),
    "cast: expected a dtype of bool, u8, i32, u32, f32, f64; got float32",
  ],
  [
    "pooling without a window",
    () => js["maxPool2d"]?.(image),
    "maxPool2d: window must be a positive integer or 2 of them; got undefined",
  ],
  [
    "a value instead of a function",
    () => js["grad"]?.(x.sum()),
    "grad: expected a function; got a tensor of f32 and shape []; pass the function, not its result",
  ],
  [
    "a value instead of a function of a batch",
    () => js["vmap"]?.(x.sum()),
    "vmap: expected a function; got a tensor of f32 and shape []",
  ],
  [
    "a value instead of a function to be pulled back",
    () => js["vjp"]?.(x, x),
    "vjp: expected a function; got a tensor of f32 and shape [2, 2]",
  ],
  [
    "an argument that is not in a list",
    () => js["jvp"]?.((v: unknown) => v, x, x),
    "jvp: expected a list for the arguments; got a tensor of f32 and shape [2, 2]",
  ],
  [
    "a number for the list of donated arguments",
    () => js["jit"]?.((v: unknown) => v, { donate: 0 }),
    "jit: expected a list for donate; got 0; write [ ] around it",
  ],
  [
    "a number for the list of static arguments",
    () => js["jit"]?.((v: unknown) => v, { static: 1 }),
    "jit: expected a list for static; got 1; write [ ] around it",
  ],
  [
    "random integers without a range",
    () => t.random.randint(t.random.key(0), [2], undefined as never),
    "randint: expected integers from -2147483648 to 2147483648 for low and high with dtype i32; got undefined",
  ],
  [
    "a covariance where its factor is needed",
    () => t.random.multivariateNormal(t.random.key(0), [2], { covariance: x } as never),
    "multivariateNormal: expected a factor; got none; cholesky(covariance) is one",
  ],
  [
    "a missing operand",
    () => js["add"]?.(x),
    "add: expected numbers, booleans or tensors; got undefined",
  ],
  [
    "a missing operand in front",
    () => js["matmul"]?.(null, x),
    "matmul: expected numbers, booleans or tensors; got null",
  ],
  [
    "operands of einsum in a list",
    () => js["einsum"]?.("ij,jk->ik", [x, x]),
    'einsum: expected subscripts for 1 operands, which follow one by one, not in a list; got "ij,jk->ik"',
  ],
  [
    "a body of scan that returns the carry alone",
    () => js["scan"]?.((c: unknown) => c, t.zeros([2]), x),
    "scan: expected the body to return [carry, y]; it returns a tensor; return null for y",
  ],
  [
    "too many threads",
    () => t.setThreads(1000),
    "setThreads: expected an integer from 1 to 256; got 1000",
  ],
];

test.each(mistakes)("%s is refused with words that help", (_, call, message) => {
  expect(call).toThrow(message);
});
