import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  // Paths in the built page are relative: it works from any folder.
  base: "./",
  // The packages' sources, so that nothing needs building first.
  resolve: { conditions: ["@x/source", ...defaultClientConditions] },
});
