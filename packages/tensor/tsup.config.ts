import { defineConfig } from "tsup";
import { base } from "../../tooling/config/tsup";

export default defineConfig(
  base(
    [
      "src/index.ts",
      "src/random.ts",
      "src/linalg.ts",
      "src/tree.ts",
      "src/io.ts",
      "src/testing.ts",
      "src/gpu.ts",
      "src/kernels.ts",
    ],
    // Members marked @internal are for other files of the package, not for completion lists of users.
    { dts: { compilerOptions: { ignoreDeprecations: "6.0", types: [], stripInternal: true } } },
  ),
);
