import { cond, scan, type Tensor, tensor, whileLoop } from "@x/tensor";
import { expectTypeOf, test } from "vitest";

const x = tensor([1, 2]);
const double = (c: Tensor): Tensor => c.mul(2);
const takeA = ({ a }: { a: Tensor; b: Tensor }): { a: Tensor } => ({ a });

test("a scan keeps the type of its carry and stacks what the body returns", () => {
  const [last, ys] = scan(
    (h, x) => [
      { ...h, n: h.n.add(1) },
      { y: h.h.add(x), none: null },
    ],
    { h: x, n: tensor(0) },
    x,
  );
  expectTypeOf(last).toEqualTypeOf<{ h: Tensor; n: Tensor }>();
  expectTypeOf(ys).toEqualTypeOf<{ y: Tensor; none: null }>();
});

test("numbers in a carry are tensors in the body and in the result", () => {
  const [last] = scan((c, x) => [{ sum: c.sum.add(x), n: 0 }, null], { sum: 0, n: 1 }, x);
  expectTypeOf(last).toEqualTypeOf<{ sum: Tensor; n: Tensor }>();
  const [sum] = scan((sum: Tensor, x: Tensor) => [sum.add(x), sum], 0, x);
  expectTypeOf(sum).toEqualTypeOf<Tensor>();
  expectTypeOf(
    whileLoop(
      (n) => n.less(100),
      (n) => n.mul(2),
      1,
    ),
  ).toEqualTypeOf<Tensor>();
});

test("a carry may be a pair", () => {
  const [last] = scan(([a, b]) => [[b, a.add(b)], a], [tensor(0), tensor(1)], null, { length: 3 });
  expectTypeOf(last).toEqualTypeOf<[Tensor, Tensor]>();
});

test("a body that changes the type of the carry is refused", () => {
  // @ts-expect-error an object for a tensor
  scan((c: Tensor, x: Tensor) => [{ c }, x], tensor(1), x);
  // @ts-expect-error no pair
  scan((c: Tensor, x: Tensor) => c.add(x), tensor(1), x);
  // @ts-expect-error a key is lost
  scan((c, x) => [{ a: c.a.add(x) }, null], { a: tensor(0), b: tensor(1) }, x);
  // @ts-expect-error slices are tensors
  scan((c: Tensor, i: number) => [c.add(i), null], tensor(1), x);
  // @ts-expect-error misspelt
  scan((c: Tensor) => [c, null], tensor(1), null, { steps: 3 });
});

test("a loop's condition is a truth value and its body returns the carry", () => {
  const end = whileLoop(
    ({ n }) => n.less(3),
    ({ n, x }) => ({ n: n.add(1), x: x.mul(2) }),
    { n: tensor(0), x },
  );
  expectTypeOf(end).toEqualTypeOf<{ n: Tensor; x: Tensor }>();
  // @ts-expect-error text is always true
  const word = (c: Tensor): Tensor => whileLoop(() => "go on", double, c);
  // @ts-expect-error a key is lost
  const lost = (): unknown => whileLoop(({ a }) => a.less(1), takeA, { a: x, b: x });
  void [word, lost];
});

test("both branches of cond take the operands and return one type", () => {
  const y = cond(
    x.sum().greater(0),
    (a: Tensor, b: { c: Tensor }) => a.add(b.c),
    (a) => a,
    x,
    { c: x },
  );
  expectTypeOf(y).toEqualTypeOf<Tensor>();
  cond(
    true,
    (a: Tensor) => a,
    // @ts-expect-error another type
    (a: Tensor) => [a],
    x,
  );
  cond(
    true,
    (a: Tensor) => a,
    (a: Tensor) => a,
    // @ts-expect-error operands of another type
    "x",
  );
});
