import { defaultClientConditions, type UserConfig } from "vite";

const config: UserConfig = {
  // Paths in the built page are relative: it works from any folder.
  base: "./",
  // The packages' sources, so that nothing needs building first.
  // gpu.js weighs 630 kB; it is a chunk of its own, loaded when a GPU is looked for.
  build: { chunkSizeWarningLimit: 700 },
  resolve: { conditions: ["@x/source", ...defaultClientConditions] },
};
export default config;
