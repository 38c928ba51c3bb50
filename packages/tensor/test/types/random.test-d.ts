import { random, type Tensor, tensor } from "@x/tensor";
import type { Rng, RngState } from "@x/tensor/random";
import { expectTypeOf, test } from "vitest";

const key = random.key(0);

test("split returns as many keys as are asked for", () => {
  expectTypeOf(random.split(key)).toEqualTypeOf<[Tensor, Tensor]>();
  expectTypeOf(random.split(key, 3)).toEqualTypeOf<[Tensor, Tensor, Tensor]>();
  expectTypeOf(random.split(key, 100)).toEqualTypeOf<Tensor[]>();
  expectTypeOf(random.split(key, 100 as number)).toEqualTypeOf<Tensor[]>();
});

test("samplers take a key, a shape and options", () => {
  expectTypeOf(random.normal(key, [2], { mean: 1, std: tensor([1, 2]) })).toEqualTypeOf<Tensor>();
  // @ts-expect-error a seed is no key
  random.normal(0, [2]);
  // @ts-expect-error the key is missing
  random.uniform([2]);
  // @ts-expect-error the shape is missing
  random.uniform(key);
  // @ts-expect-error NumPy's names
  random.normal(key, [2], { loc: 0, scale: 1 });
  // @ts-expect-error real numbers are floats
  random.normal(key, [2], { dtype: "i32" });
  // @ts-expect-error one bound has to be given
  random.randint(key, [2]);
  // @ts-expect-error NumPy's order
  random.randint(key, 0, 10, [2]);
  // @ts-expect-error integers are not floats
  random.randint(key, [2], { high: 6, dtype: "f32" });
});

test("a generator keeps its state to itself and gives numbers", () => {
  const rng: Rng = random.rng(1);
  expectTypeOf(rng.uniform()).toEqualTypeOf<number>();
  expectTypeOf(rng.next()).toEqualTypeOf<Tensor>();
  expectTypeOf(rng.toJSON()).toEqualTypeOf<RngState>();
  // @ts-expect-error NumPy's name
  rng.random();
});
