import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { assertClose } from "./close";
import { downloadSizes } from "./download-sizes";
import type { Kit } from "./kit-types";
import { loadJax } from "./peers/jax";
import { startPython } from "./peers/python";
import { loadTfjs } from "./peers/tfjs";
import { uniform } from "./uniform";

const run = promisify(execFile);

/** The kit of rows of the package in `folder`. */
export const createKit = (folder: string): Kit => ({
  threads: availableParallelism(),
  jax: loadJax,
  tfjs: loadTfjs,
  mlMatrix: () => import("ml-matrix"),
  python: startPython,
  uniform,
  assertClose,
  residentBytes: () => process.memoryUsage.rss(),
  async newProcess(source) {
    // As text on the command line, the module resolves packages from its working directory.
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", source], {
      cwd: folder,
    });
    return stdout;
  },
  downloadSizes,
});
