import * as t from "../../src/index";
import { withoutKernels } from "./without-kernels";

/** Where something runs whose place is not on the device from end to end. */
export interface Exception {
  readonly operations: string;
  readonly where: "on the CPU" | "on the device, decisions are read back" | "refused";
  readonly why: string;
  /** A function of which this is true, and its operand; none where another test looks at every operation. */
  readonly example?: readonly [(x: t.Tensor) => unknown, () => t.Tensor];
}

const vector = (): t.Tensor => t.tensor([3, 1, 2]);
const key = (): t.Tensor => t.random.key(0);
const long = (): t.Tensor => t.broadcastTo(t.zeros([1]), [2 ** 24 + 1]);

/** Samplers that compute in f64, with a call of each. */
const doubles: readonly (readonly [name: string, (key: t.Tensor) => unknown])[] = [
  ["beta", (k) => t.random.beta(k, [4], { a: 1, b: 2 })],
  ["binomial", (k) => t.random.binomial(k, [4], { n: 5, p: 0.5 })],
  ["choice` with weights `p", (k) => t.random.choice(k, 2, { p: [0.5, 0.5] })],
  ["dirichlet", (k) => t.random.dirichlet(k, [4, 2], { concentration: [1, 2] })],
  ["gamma", (k) => t.random.gamma(k, [4], { concentration: 2 })],
  ["orthogonal", (k) => t.random.orthogonal(k, 3)],
  ["poisson", (k) => t.random.poisson(k, [4], { rate: 2 })],
  ["studentT", (k) => t.random.studentT(k, [4], { degrees: 3 })],
  ["truncatedNormal", (k) => t.random.truncatedNormal(k, [4])],
];

/** All exceptions, the same on every backend; every other operation runs on the device. */
export const exceptions: readonly Exception[] = [
  ...[...withoutKernels].map(
    (name): Exception => ({
      operations: name,
      where: "on the CPU",
      why: "there are no kernels yet",
    }),
  ),
  {
    operations: "`sort`, `argsort`, `topK`, `searchSorted` of rows above 2²⁴ elements",
    where: "on the CPU",
    why: "places within a row are floats on the device",
    example: [(x) => t.sort(x), long],
  },
  {
    operations: "`random.permutation`, `random.choice` without replacement",
    where: "on the CPU",
    why: "each exchange of two elements waits for the one before",
    example: [(k) => t.random.choice(k, 4, { shape: [2], replace: false }), key],
  },
  {
    operations: "`scan` and `whileLoop` with a step on the CPU or `f64` inside",
    where: "on the CPU",
    why: "each round would move data there and back, so the whole loop runs there",
    example: [
      (x) =>
        t.scan(
          (c: t.Tensor, v: t.Tensor): [t.Tensor, null] => [
            c.add(t.cast(t.cast(v, "f64"), "f32")),
            null,
          ],
          t.tensor(0),
          x,
        )[0],
      vector,
    ],
  },
  {
    operations: "`cond` inside `jit`, or on a condition of the device",
    where: "on the device, decisions are read back",
    why: "one number for each decision tells the host which kernels to issue",
    example: [
      (x) =>
        t.cond(
          x.sum().greater(0),
          (v: t.Tensor) => v.exp(),
          (v: t.Tensor) => v,
          x,
        ),
      vector,
    ],
  },
  {
    operations: "`whileLoop`",
    where: "on the device, decisions are read back",
    why: "one number before each round tells the host whether it goes on",
    example: [
      (x) =>
        t.whileLoop(
          (v: t.Tensor) => v.sum().less(9),
          (v: t.Tensor) => v.mul(2),
          x,
        ),
      vector,
    ],
  },
  {
    operations: "`nonZero`, `unique`, `bincount` without `length`",
    where: "refused",
    why: "values decide the shape",
    example: [(x) => t.unique(x), vector],
  },
  {
    operations: "`f64`",
    where: "refused",
    why: "GPUs have no 64-bit floats here",
    example: [(x) => t.cast(x, "f64"), vector],
  },
  ...doubles.map(
    ([name, draw]): Exception => ({
      operations: `\`random.${name}\` with a key of the device`,
      where: "refused",
      why: "it computes in f64; outside of jit, a key of the CPU makes it run there",
      example: [draw, key],
    }),
  ),
];
