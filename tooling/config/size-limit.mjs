// Budgets of what users download, on the built files, minified, brotli. 1 kB = 1000 bytes.
import { readFile } from "node:fs/promises";

const tensor = "../../packages/tensor";

/** esbuild, with the kernels' base64 (its first bytes spell WebAssembly's magic number) left out or in. */
const bundle = ({ kernels }) => ({
  modifyEsbuildConfig: (config) => ({
    ...config,
    format: "esm",
    external: [...(config.external ?? []), "node:*"],
    plugins: kernels ? [] : [withoutKernels],
  }),
});

const withoutKernels = {
  name: "without-kernels",
  setup(build) {
    build.onLoad({ filter: /dist[\\/].*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/"AGFzbQ[A-Za-z0-9+/=]*"/, '""'),
    }));
  },
};

export default [
  {
    name: "@x/tensor, JavaScript",
    path: `${tensor}/dist/index.js`,
    limit: "60 kB",
    ...bundle({ kernels: false }),
  },
  {
    name: "@x/tensor, kernels",
    path: `${tensor}/src/generated/kernels.wasm`,
    limit: "60 kB",
    disablePlugins: ["@size-limit/esbuild"],
  },
  {
    // Base64 costs a little more than the bytes it carries.
    name: "@x/tensor, both as they ship",
    path: `${tensor}/dist/index.js`,
    limit: "130 kB",
    ...bundle({ kernels: true }),
  },
];
