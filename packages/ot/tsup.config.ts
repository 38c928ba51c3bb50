import { defineConfig } from "tsup";
import { base } from "../../tooling/config/tsup";

export default defineConfig(
  base(
    ["src/index.ts", "src/threads.ts", "src/worker.ts"],
    // For `import.meta.url` in the CommonJS build, next to which the worker lies.
    { shims: true },
  ),
);
