// The GPU entry loads without gpu.js, which only people with GPUs install, and says what is missing when it is asked.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as esm from "@x/tensor/gpu";

const cjs = createRequire(import.meta.url)("@x/tensor/gpu");
for (const { gpu } of [esm, cjs]) {
  await assert.rejects(gpu(), {
    name: "DeviceError",
    code: "ERR_DEVICE",
    message:
      /^gpu: expected the package gpu\.js; it could not be loaded .*; run npm install gpu\.js webgpu$/,
  });
}
