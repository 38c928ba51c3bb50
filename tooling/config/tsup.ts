import type { Options } from "tsup";

/** Shared build: ESM and CJS, one declaration file per format, unminified (so readable without source maps). */
export const base = (entry: string[], over: Options = {}): Options => ({
  entry,
  format: ["esm", "cjs"],
  target: "es2022",
  platform: "neutral",
  // tsup 8 sets `baseUrl`, which TypeScript 6 refuses without the first; without Node's types, sources that
  // lean on them do not build, although tests in the same program may use them.
  dts: { compilerOptions: { ignoreDeprecations: "6.0", types: [] } },
  clean: true,
  splitting: true,
  ...over,
});
