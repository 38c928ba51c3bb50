import { matmul, setThreads, tensor } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Row, Rows } from "../../../tooling/bench/src/row";

interface Operands {
  readonly shape: [number, number];
  readonly a: Float32Array<ArrayBuffer>;
  readonly b: Float32Array<ArrayBuffer>;
  readonly ours: () => ReturnType<typeof matmul>;
}

function operands(kit: Kit, n: number, threads: number): Operands {
  setThreads(threads);
  const [a, b] = [kit.uniform(n * n, 1), kit.uniform(n * n, 2)];
  const [x, y] = [tensor(a).reshape([n, n]), tensor(b).reshape([n, n])];
  return { shape: [n, n], a, b, ours: () => matmul(x, y) };
}

/** The classical bound on a sum of n products, n·u·Σ|ab|, with |ab| = 1/4 on average; for both sides, twice. */
const roundingError = (n: number, unit: number): number => (2 * n * unit * n) / 4;

const check = (kit: Kit, n: number, actual: ArrayLike<number>, expected: ArrayLike<number>): void =>
  kit.assertClose("product", actual, expected, {
    relative: 0,
    absolute: roundingError(n, 2 ** -24),
  });

const againstJax =
  (n: number, threads: boolean) =>
  async (kit: Kit): Promise<Prepared> => {
    const { a, b, shape, ours } = operands(kit, n, kit.threads);
    const { numpy: np, jit, blockUntilReady } = await kit.jax({ threads });
    const [x, y] = [np.array(a).reshape(shape), np.array(b).reshape(shape)];
    const product = jit(np.matmul);
    return {
      ours,
      peer: async () => (await blockUntilReady(product(x.ref, y.ref))).dispose(),
      check: async () => check(kit, n, ours().dataSync(), await product(x.ref, y.ref).data()),
    };
  };

const againstTfjs =
  (n: number, chooseThreads: (kit: Kit) => number) =>
  async (kit: Kit): Promise<Prepared> => {
    const { a, b, shape, ours } = operands(kit, n, chooseThreads(kit));
    const tf = await kit.tfjs({ threads: chooseThreads(kit) });
    const [x, y] = [tf.tensor2d(a, shape), tf.tensor2d(b, shape)];
    return {
      ours,
      peer: () => tf.matMul(x, y).dispose(),
      check: () => check(kit, n, ours().dataSync(), tf.matMul(x, y).dataSync()),
    };
  };

const againstNumpy =
  (n: number) =>
  async (kit: Kit): Promise<Prepared> => {
    const { a, b, shape, ours } = operands(kit, n, kit.threads);
    const arrays = { a: { data: a, shape }, b: { data: b, shape } };
    const peer = await kit.python("numpy", "def run():\n    return a @ b\n", arrays);
    if ("missing" in peer) return { ours, peer, check: () => {} };
    return {
      ours,
      peer,
      async check() {
        await peer.sample();
        check(kit, n, ours().dataSync(), await peer.result());
      },
      dispose: peer.close,
    };
  };

async function againstMlMatrix(kit: Kit): Promise<Prepared> {
  const n = 512;
  const { Matrix } = await kit.mlMatrix();
  const [a, b] = [
    Float64Array.from(kit.uniform(n * n, 1)),
    Float64Array.from(kit.uniform(n * n, 2)),
  ];
  const [x, y] = [tensor(a).reshape([n, n]), tensor(b).reshape([n, n])];
  const [p, q] = [Matrix.from1DArray(n, n, a), Matrix.from1DArray(n, n, b)];
  return {
    ours: () => matmul(x, y),
    peer: () => p.mmul(q),
    check: () =>
      kit.assertClose("product", matmul(x, y).dataSync(), p.mmul(q).to1DArray(), {
        relative: 0,
        absolute: roundingError(n, 2 ** -53),
      }),
  };
}

const sizes = (n: number): Row[] => [
  {
    name: `f32 matmul ${n}³, all threads`,
    unit: "ms",
    peerName: "jax-js",
    target: { of: "ratio", atMost: 1 / 2 },
    setup: againstJax(n, false),
  },
  {
    name: `f32 matmul ${n}³, all threads`,
    unit: "ms",
    peerName: "jax-js, given workers",
    setup: againstJax(n, true),
  },
  {
    name: `f32 matmul ${n}³, all threads`,
    unit: "ms",
    peerName: "tfjs-wasm, all threads",
    target: { of: "ratio", atMost: 1 / 1.3 },
    setup: againstTfjs(n, (kit) => kit.threads),
  },
  {
    name: `f32 matmul ${n}³, one thread`,
    unit: "ms",
    peerName: "tfjs-wasm, one thread",
    target: { of: "ratio", atMost: 1 / 1.2 },
    setup: againstTfjs(n, () => 1),
  },
];

export const rows: Rows = [
  ...sizes(512),
  ...sizes(1024),
  {
    name: "f32 matmul 1024³, all threads",
    unit: "ms",
    peerName: "NumPy",
    setup: againstNumpy(1024),
  },
  {
    name: "f64 matmul 512³",
    unit: "ms",
    peerName: "ml-matrix",
    target: { of: "ratio", atMost: 1 / 10 },
    setup: againstMlMatrix,
  },
];
