import { defaultClientConditions, type UserConfig } from "vite";

const config: UserConfig = {
  // Paths in the built page are relative: it works from any folder.
  base: "./",
  // The packages' sources, so that nothing needs building first.
  // The kernels are text within the program.
  build: { chunkSizeWarningLimit: 1000 },
  resolve: { conditions: ["@x/source", ...defaultClientConditions] },
};
export default config;
