import { sort, tensor, topK } from "@x/tensor";
import type { Kit } from "../../../tooling/bench/src/kit-types";
import type { Prepared, Rows } from "../../../tooling/bench/src/row";

/** Sorting moves values and rounds none. */
const exactly = { relative: 0 };

const length = 1e6;
const [height, width, k] = [4096, 1024, 16];

function sortAgainstTypedArray(kit: Kit): Prepared {
  const data = kit.uniform(length, 1);
  const x = tensor(data);
  return {
    ours: () => sort(x),
    peer: () => data.slice().sort(),
    check: () => kit.assertClose("sorted", sort(x).dataSync(), data.slice().sort(), exactly),
  };
}

async function sortAgainstJax(kit: Kit): Promise<Prepared> {
  const data = kit.uniform(length, 1);
  const x = tensor(data);
  const { numpy: np, blockUntilReady } = await kit.jax();
  const y = np.array(data);
  return {
    ours: () => sort(x),
    peer: async () => (await blockUntilReady(np.sort(y.ref))).dispose(),
    check: async () =>
      kit.assertClose("sorted", sort(x).dataSync(), await np.sort(y.ref).data(), exactly),
  };
}

/** The k largest of every row, descending, by sorting the row. */
function largestBySorting(data: Float32Array): Float32Array {
  const sorted = data.slice();
  const largest = new Float32Array(height * k);
  for (let row = 0; row < height; row++) {
    const values = sorted.subarray(row * width, (row + 1) * width).sort();
    largest.set(values.subarray(width - k).reverse(), row * k);
  }
  return largest;
}

function topKAgainstTypedArray(kit: Kit): Prepared {
  const data = kit.uniform(height * width, 1);
  const x = tensor(data).reshape([height, width]);
  return {
    ours: () => topK(x, k),
    peer: () => largestBySorting(data),
    check: () =>
      kit.assertClose("largest", topK(x, k).values.dataSync(), largestBySorting(data), exactly),
  };
}

async function topKAgainstJax(kit: Kit): Promise<Prepared> {
  const data = kit.uniform(height * width, 1);
  const x = tensor(data).reshape([height, width]);
  const { numpy: np, lax, tree, blockUntilReady } = await kit.jax();
  const y = np.array(data).reshape([height, width]);
  await y.blockUntilReady();
  return {
    ours: () => topK(x, k),
    peer: async () => tree.dispose(await blockUntilReady(lax.topK(y.ref, k))),
    async check() {
      const { values, indices } = topK(x, k);
      const [jaxValues, jaxIndices] = lax.topK(y.ref, k);
      kit.assertClose("largest", values.dataSync(), await jaxValues.data(), exactly);
      kit.assertClose("where", indices.dataSync(), await jaxIndices.data(), exactly);
    },
  };
}

async function topKAgainstTfjs(kit: Kit): Promise<Prepared> {
  const data = kit.uniform(height * width, 1);
  const x = tensor(data).reshape([height, width]);
  const tf = await kit.tfjs({ threads: kit.threads });
  const y = tf.tensor2d(data, [height, width]);
  return {
    ours: () => topK(x, k),
    peer: () => tf.dispose(Object.values(tf.topk(y, k))),
    check: () =>
      kit.assertClose(
        "largest",
        topK(x, k).values.dataSync(),
        tf.topk(y, k).values.dataSync(),
        exactly,
      ),
  };
}

export const rows: Rows = [
  {
    name: "sort of 1 M f32",
    unit: "ms",
    peerName: "Float32Array.sort",
    target: { of: "ratio", atMost: 1 / 3 },
    setup: sortAgainstTypedArray,
  },
  {
    name: "sort of 1 M f32",
    unit: "ms",
    peerName: "jax-js",
    target: { of: "ratio", atMost: 1 },
    setup: sortAgainstJax,
  },
  {
    name: "topK(16) of 4096×1024",
    unit: "ms",
    peerName: "Float32Array.sort",
    target: { of: "ratio", atMost: 1 / 3 },
    setup: topKAgainstTypedArray,
  },
  {
    name: "topK(16) of 4096×1024",
    unit: "ms",
    peerName: "jax-js",
    target: { of: "ratio", atMost: 1 },
    setup: topKAgainstJax,
  },
  {
    name: "topK(16) of 4096×1024",
    unit: "ms",
    peerName: "tfjs-wasm, all threads",
    setup: topKAgainstTfjs,
  },
];
