// Worker threads start from the package's own text, also when a bundler has rewritten it, and let the process end.
import assert from "node:assert/strict";
import { matmul, setThreads, tensor } from "@x/tensor";

const n = 512;
const value = (i) => ((i * 7919) % 13) - 6;
const data = Float32Array.from({ length: n * n }, (_, i) => value(i));
const product = (threads) => {
  setThreads(threads);
  const x = tensor(data).reshape([n, n]);
  return matmul(x, x).dataSync();
};

const alone = product(1);
let corner = 0;
for (let k = 0; k < n; k++) corner += value(k) * value(k * n);
assert.equal(alone[0], corner);
assert.deepEqual(product(2), alone);
