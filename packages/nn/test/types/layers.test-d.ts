import { random, type Tensor, tensor } from "@x/tensor";
import { expectTypeOf, test } from "vitest";
import {
  type AffineParams,
  type AxisRoles,
  batchNorm,
  block,
  type Dims,
  dropout,
  instanceNorm,
  type Layer,
  linear,
  multiHeadAttention,
  type RunningState,
  type StatefulLayer,
} from "../../src/index";

const key = random.key(0);
const x = tensor([[1, 2]]);

test("the roles of axes stand where the parameters stand, null where there may be none", () => {
  expectTypeOf(linear(2, 3).dims).toEqualTypeOf<{
    readonly weight: AxisRoles;
    readonly bias: AxisRoles | null;
  }>();
  expectTypeOf<Dims<{ a: Tensor[]; b: { c: Tensor } }>>().toEqualTypeOf<{
    readonly a: readonly AxisRoles[];
    readonly b: { readonly c: AxisRoles };
  }>();
});

test("tracking statistics makes a layer stateful", () => {
  expectTypeOf(instanceNorm(2)).toEqualTypeOf<Layer<AffineParams>>();
  expectTypeOf(instanceNorm(2, { trackStats: true })).toEqualTypeOf<
    StatefulLayer<AffineParams, RunningState>
  >();
});

test("wrong calls do not compile", () => {
  const layer = batchNorm(2);
  const { params, state } = layer.init(key);
  // @ts-expect-error -- whether it trains must be said
  layer.apply(params, state, x, {});
  // @ts-expect-error -- no global training flag
  layer.apply(params, state, x);
  // @ts-expect-error -- parts with state belong in a statefulBlock
  block({ a: batchNorm(2) }, (_, z) => z);
  const network = block({ drop: dropout(0.5) }, (use, z) => use.drop(z));
  network.apply(network.init(key), x, { train: true, key });
  // @ts-expect-error -- a key is a tensor, also of a network
  network.apply(network.init(key), x, { train: true, key: 3 });
  // @ts-expect-error -- a number of features, not a tensor
  linear(x, 2);
  // @ts-expect-error -- a key is a tensor
  dropout(0.5).apply({}, x, { train: true, key: 3 });
  // @ts-expect-error -- parameters of another layer
  multiHeadAttention(2, 1).apply(linear(2, 2).init(key), x);
});
