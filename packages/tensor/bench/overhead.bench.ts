import { jit, type Tensor, tensor } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";

async function fiveOperations(kit: Kit): Promise<Prepared> {
  const [a, b] = [kit.uniform(4, 1), kit.uniform(4, 2)];
  const [x, y] = [tensor(a), tensor(b)];
  const f = jit((x: Tensor, y: Tensor) => x.mul(y).add(1).tanh().sub(y).sum());
  const { numpy: np, jit: jaxJit, blockUntilReady } = await kit.jax();
  const [p, q] = [np.array(a), np.array(b)];
  const g = jaxJit((p: InstanceType<typeof np.Array>, q: InstanceType<typeof np.Array>) =>
    np.tanh(p.mul(q.ref).add(1)).sub(q).sum(),
  );
  return {
    ours: () => f(x, y),
    peer: async () => (await blockUntilReady(g(p.ref, q.ref))).dispose(),
    // Four values near 1: a few roundings of 2^-24 each.
    check: async () =>
      kit.assertClose("result", f(x, y).dataSync(), await g(p.ref, q.ref).data(), {
        relative: 0,
        absolute: 2e-6,
      }),
  };
}

export const rows: Rows = [
  {
    name: "jitted function of five tiny operations, one call",
    unit: "µs",
    peerName: "jax-js",
    target: { of: "ours", atMost: 15 },
    setup: fiveOperations,
  },
];
