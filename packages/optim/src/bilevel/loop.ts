import { scan, type Tensor, whileLoop } from "@x/tensor";

/** `whileLoop` over a carry whose trees have no static type. */
export const loop = <C extends object>(
  condition: (carry: C) => Tensor,
  body: (carry: C) => C,
  init: C,
): C => whileLoop(condition as never, body as never, init as never) as C;

/** A fixed number of steps on a carry whose trees have no static type. */
export const repeat = <C>(count: number, body: (carry: C) => C, init: C): C =>
  (scan as unknown as AnyScan<C>)((carry) => [body(carry), null], init, null, { length: count })[0];

type AnyScan<C> = (
  f: (carry: C) => readonly [C, null],
  init: C,
  xs: null,
  options: { readonly length: number },
) => readonly [C, null];
