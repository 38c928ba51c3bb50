import { tensor } from "@x/tensor";
import { expect, test } from "vitest";
import {
  adafactor,
  adagrad,
  adam,
  adamw,
  describe,
  diffGrad,
  freeze,
  type GradientTransformation,
  lion,
  partition,
  rmsprop,
  sgd,
} from "../../src/index";

const params = { a: tensor([1]), b: tensor([2]) };
const methods = (t: GradientTransformation): string[] =>
  describe(t, params).leaves.map(({ method }) => method);

test.each<[string, (lr: number) => GradientTransformation]>(
  Object.entries({ adafactor, adagrad, adam, adamw, diffGrad, lion, rmsprop, sgd }),
)("describe says %s for every leaf", (name, make) => {
  expect(methods(make(0.1))).toEqual([name, name]);
});

test("describe says the method of leaves that freeze leaves alone, and which are frozen", () => {
  expect(methods(freeze(adamw(0.1), ([name]) => name === "b"))).toEqual(["adamw", "frozen"]);
  const groups = partition(([name]) => name as string, { a: adam(0.1), b: sgd(0.1) });
  expect(methods(groups)).toEqual(["a: adam", "b: sgd"]);
  expect(methods(freeze(groups, ([name]) => name === "a"))).toEqual(["frozen", "b: sgd"]);
});
