import { jit, logSumExp, type Tensor, tensor } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";

/** Both sides' polynomials are good to a few units in the last place, 2^-24 each. */
const closeness = { relative: 1e-6 };

async function expAgainstTfjs(kit: Kit): Promise<Prepared> {
  const data = kit.uniform(1 << 22, 1);
  const x = tensor(data);
  const f = jit((x: Tensor) => x.exp().mul(2).add(1));
  const tf = await kit.tfjs({ threads: kit.threads });
  const y = tf.tensor1d(data);
  const g = (): ReturnType<typeof tf.exp> => tf.tidy(() => tf.add(tf.mul(tf.exp(y), 2), 1));
  return {
    ours: () => f(x),
    peer: () => g().dispose(),
    check: () => kit.assertClose("exp(x)*2+1", f(x).dataSync(), g().dataSync(), closeness),
  };
}

const rowsOfLogits = [4096, 1024];

const logSumExpAgainstJax =
  (threads: boolean) =>
  async (kit: Kit): Promise<Prepared> => {
    const data = kit.uniform(1 << 22, 1);
    const x = tensor(data).reshape(rowsOfLogits);
    const f = jit((x: Tensor) => logSumExp(x, -1));
    const { numpy: np, nn, jit: jaxJit, blockUntilReady } = await kit.jax({ threads });
    const y = np.array(data).reshape(rowsOfLogits);
    await y.blockUntilReady();
    const g = jaxJit((y: InstanceType<typeof np.Array>) => nn.logsumexp(y, -1));
    return {
      ours: () => f(x),
      peer: async () => (await blockUntilReady(g(y.ref))).dispose(),
      check: async () =>
        kit.assertClose("logSumExp", f(x).dataSync(), await g(y.ref).data(), closeness),
    };
  };

export const rows: Rows = [
  {
    name: "exp(x)*2+1 over 4 M f32, jitted",
    unit: "ms",
    peerName: "tfjs-wasm, all threads",
    target: { of: "ratio", atMost: 1 / 3 },
    setup: expAgainstTfjs,
  },
  {
    name: "log-sum-exp over rows of 4096×1024",
    unit: "ms",
    peerName: "jax-js",
    target: { of: "ratio", atMost: 1 / 2 },
    setup: logSumExpAgainstJax(false),
  },
  {
    name: "log-sum-exp over rows of 4096×1024",
    unit: "ms",
    peerName: "jax-js, given workers",
    setup: logSumExpAgainstJax(true),
  },
];
