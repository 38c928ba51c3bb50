import { createRequire } from "node:module";
import { expect, it } from "vitest";
import * as t from "../../src/index";
import { devices } from "./devices";

/** Whether gpu.js finds the package gl, which is not among our dependencies: it is built at installation. */
function isInstalled(): boolean {
  const here = createRequire(import.meta.url);
  try {
    createRequire(here.resolve("gpu.js")).resolve("gl");
    return true;
  } catch {
    return false;
  }
}

// Linux draws on the display of an X server only.
const hasDisplay = process.platform !== "linux" || process.env["DISPLAY"] !== undefined;
const reason = !isInstalled() ? "npm install gl" : hasDisplay ? "" : "xvfb-run";

it.skipIf(reason !== "")(
  `headless GL is one of the devices of all these suites${reason && ` (left out: needs ${reason})`}`,
  async () => {
    const device = devices.find(({ info }) => info.backend === "headless");
    if (device === undefined) throw new Error("expected a headless device; got none");
    const { limits } = device.info;
    expect(limits["maxTextureSize"]).toBeGreaterThan(1000);
    const x = t.tensor([1, 2, 3]).to(device);
    expect(Array.from(await x.mul(2).data())).toEqual([2, 4, 6]);
  },
);
