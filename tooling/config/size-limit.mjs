// Budgets of what users download: bundled from the sources, minified, brotli. 1 kB = 1000 bytes.
// Kernels exist twice, in WebAssembly and in plain JavaScript for pages that forbid it; both count as kernels.
import { readFile, writeFile } from "node:fs/promises";
import { minify } from "terser";

const tensor = "../../packages/tensor";
const nn = "../../packages/nn";
const optim = "../../packages/optim";
const ot = "../../packages/ot";

/** Replaces modules whose path matches by ones that export nothing of weight. */
const leaveOut = (filter, contents) => ({
  name: `without-${filter.source}`,
  setup(build) {
    build.onLoad({ filter }, () => ({ contents, loader: "js" }));
  },
});

/** What a bundler with a thorough minifier makes of esbuild's output. */
const compress = {
  name: "terser",
  setup(build) {
    build.onEnd(async ({ metafile }) => {
      for (const path of Object.keys(metafile.outputs)) {
        const { code } = await minify(await readFile(path, "utf8"), {
          module: true,
          compress: { passes: 2 },
        });
        await writeFile(path, code);
      }
    });
  },
};

const wasm = leaveOut(/generated[\\/]kernels\.ts$/, 'export const kernelsWasm = "";');
const random = leaveOut(/src[\\/]random\.ts$/, "export {};");
// Random numbers borrow `digamma` from the plain kernels, which are counted in a row of their own.
const fallback = leaveOut(
  /cpu[\\/]fallback[\\/]/,
  "export const fallbackKernels = {}, digamma = 0;",
);

const bundle = (...plugins) => bundleWithout([], ...plugins);

const bundleWithout = (modules, ...plugins) => ({
  modifyEsbuildConfig: (config) => ({
    ...config,
    format: "esm",
    target: "es2022",
    conditions: ["@x/source"],
    external: [...(config.external ?? []), "node:*", "ml-matrix", "fflate", "gpu.js", ...modules],
    plugins: [...plugins, compress],
  }),
});

export default [
  {
    // `random` has an entry point of its own and drops out of bundles that do not use it.
    name: "@x/tensor, JavaScript",
    path: `${tensor}/src/index.ts`,
    limit: "55.3 kB",
    ...bundle(wasm, fallback, random),
  },
  {
    name: "@x/tensor, JavaScript with random",
    path: `${tensor}/src/index.ts`,
    limit: "60 kB",
    ...bundle(wasm, fallback),
  },
  {
    name: "@x/tensor, kernels",
    path: `${tensor}/src/generated/kernels.wasm`,
    limit: "30 kB",
    disablePlugins: ["@size-limit/esbuild"],
  },
  {
    name: "@x/tensor, kernels in JavaScript",
    path: `${tensor}/src/cpu/fallback/index.ts`,
    limit: "15 kB",
    ...bundle(),
  },
  {
    name: "@x/tensor, all as it ships",
    path: `${tensor}/src/index.ts`,
    limit: "100 kB",
    ...bundle(),
  },
  {
    name: "@x/tensor/linalg, without ml-matrix and the main entry's share",
    path: `${tensor}/src/linalg.ts`,
    limit: "80 kB",
    ...bundle(wasm, fallback),
  },
  {
    name: "@x/tensor/io, without fflate and the main entry's share",
    path: `${tensor}/src/io.ts`,
    limit: "75 kB",
    ...bundle(wasm, fallback),
  },
  {
    // gpu.js, which it loads when a device is opened, has 137 kB.
    name: "@x/tensor/gpu, without gpu.js and the main entry's kernels",
    path: `${tensor}/src/gpu.ts`,
    limit: "72 kB",
    ...bundle(wasm, fallback),
  },
  {
    name: "@x/tensor/kernels",
    path: `${tensor}/src/kernels.ts`,
    limit: "7 kB",
    ...bundle(wasm, fallback),
  },
  {
    name: "@x/nn, without @x/tensor",
    path: `${nn}/src/index.ts`,
    limit: "25.6 kB",
    ...bundleWithout(["@x/tensor"]),
  },
  {
    name: "@x/optim, without @x/tensor",
    path: `${optim}/src/index.ts`,
    limit: "39.2 kB",
    ...bundleWithout(["@x/tensor"]),
  },
  {
    name: "@x/optim, adamw and train alone, without @x/tensor",
    path: `${optim}/src/index.ts`,
    import: "{ adamw, train }",
    limit: "5.5 kB",
    ...bundleWithout(["@x/tensor"]),
  },
  ...[
    ["all, kernels included", undefined, "97 kB"],
    ["emd alone", "{ emd }", "12 kB"],
    ["sinkhorn alone", "{ sinkhorn }", "31 kB"],
    ["slicedWasserstein alone", "{ slicedWasserstein }", "15.5 kB"],
  ].map(([what, names, limit]) => ({
    name: `@x/ot, ${what}, without @x/tensor`,
    // As it ships: what one chunk holds must drop out of bundles as well as what modules hold.
    path: `${ot}/dist/index.js`,
    ...(names && { import: names }),
    limit,
    ...bundleWithout(["@x/tensor"]),
  })),
  ...[
    ["", undefined, "57 kB"],
    [" threadExecutor alone,", "{ threadExecutor }", "2 kB"],
  ].map(([what, names, limit]) => ({
    name: `@x/ot/threads,${what} without @x/tensor`,
    path: `${ot}/src/threads.ts`,
    ...(names && { import: names }),
    limit,
    ...bundleWithout(["@x/tensor"]),
  })),
];
