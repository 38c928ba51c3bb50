// The ESM and the CommonJS copy of the package in one process share a runtime and accept each other's tensors.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as esm from "@x/tensor";

const cjs = createRequire(import.meta.url)("@x/tensor");
assert.notEqual(cjs.matmul, esm.matmul, "two copies are loaded");

const a = esm.tensor([
  [1, 2],
  [3, 4],
]);
const b = cjs.tensor([
  [0, 1],
  [1, 0],
]);
const swapped = [
  [2, 1],
  [4, 3],
];
assert.deepEqual(cjs.matmul(a, b).toArray(), swapped);
assert.deepEqual(esm.matmul(a, b).toArray(), swapped);
const loss = (x) => cjs.matmul(x, b).sum();
assert.deepEqual(esm.grad(loss)(a).toArray(), [
  [1, 1],
  [1, 1],
]);
