import { describe, expect, test } from "vitest";
import { startPython } from "../src/peers/python";

describe("startPython", () => {
  test("says what is missing when the module cannot be imported", async () => {
    const peer = await startPython("no_such_module_anywhere", "def run(): pass", {});
    expect(["no_such_module_anywhere", "numpy", "python3"]).toContain(
      "missing" in peer ? peer.missing : "nothing",
    );
  });

  test("runs on the arrays it was given, where there is a Python with NumPy", async (context) => {
    const arrays = {
      a: { data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [2, 3] },
      b: { data: new Int32Array([10, 20]), shape: [2] },
    };
    const peer = await startPython("numpy", "def run():\n    return b @ a\n", arrays);
    if ("missing" in peer) return context.skip(`this machine has no ${peer.missing}`);
    expect(await peer.sample()).toBeGreaterThan(0);
    expect(await peer.result()).toEqual(new Float64Array([90, 120, 150]));
    peer.close();
  });
});
