import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

// Packages expose `@x/source` in their exports, so tests and type checks read src/ and never a stale dist/.
const conditions = ["@x/source"];

// Browser tests run in whatever Chromium the machine has. Without one they are left out, unless
// REQUIRE_BROWSER says that a run without them would not count.
const chromium = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path && existsSync(path));
if (chromium === undefined && process.env["REQUIRE_BROWSER"] === "1") {
  throw new Error(
    "vitest: REQUIRE_BROWSER=1 needs a Chromium; none was found; install one or set CHROMIUM_PATH",
  );
}

// Headlines of papers take minutes; `SLOW=1 pnpm exec vitest run power-norm` runs those of one file.
const slow = process.env["SLOW"] === "1" ? [] : ["**/*.slow.test.ts"];
const tests = "packages/*/test/**/*.test.ts";

const generatedCases = fileURLToPath(new URL("tooling/config/generated-cases.ts", import.meta.url));

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Known beforehand, or Vite discovers dependencies mid-run, reloads the page and reruns tests.
  optimizeDeps: { entries: ["packages/*/src/**/*.ts", tests] },
  // Cross-origin isolation: SharedArrayBuffer and WebAssembly threads need it.
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  test: {
    // Generated cases take seconds on a busy machine; a hang is still noticed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: [generatedCases],
    provide: { seed: Number(process.env["FUZZ"] ?? 1) },
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text-summary"] },
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          include: [tests, "tooling/**/test/**/*.test.{ts,mjs}"],
          exclude: ["**/node_modules/**", "**/*.browser.test.ts", ...slow],
        },
      },
      {
        // Where a policy forbids WebAssembly: the same operations and transformations in plain JavaScript.
        extends: true,
        test: {
          name: "js",
          include: ["packages/tensor/test/{ops,primitives,transform}/*.test.ts"],
          setupFiles: ["packages/tensor/test/js-backend.ts"],
        },
      },
      {
        // Type tests: `*.test-d.ts` files are compiled, never run.
        extends: true,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["packages/*/test/**/*.test-d.ts"],
            tsconfig: "tooling/config/tsconfig.types.json",
          },
        },
      },
      ...(chromium === undefined
        ? []
        : [
            {
              extends: true as const,
              resolve: { conditions: [...conditions, "browser", "module", "import", "default"] },
              test: {
                name: "browser",
                include: [tests],
                exclude: ["**/node_modules/**", "**/*.node.test.ts", ...slow],
                browser: {
                  enabled: true,
                  headless: true,
                  ui: false,
                  screenshotFailures: false,
                  provider: playwright({
                    launchOptions: {
                      executablePath: chromium,
                      args: [
                        "--no-sandbox",
                        "--enable-unsafe-webgpu",
                        "--use-webgpu-adapter=swiftshader",
                        "--enable-unsafe-swiftshader",
                      ],
                    },
                  }),
                  instances: [{ browser: "chromium" as const }],
                },
              },
            },
          ]),
    ],
  },
});
