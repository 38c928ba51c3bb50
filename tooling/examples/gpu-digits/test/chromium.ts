import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright";

const executable = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((path) => path && existsSync(path));

if (executable === undefined && process.env["REQUIRE_BROWSER"] === "1") {
  throw new Error(
    "examples: REQUIRE_BROWSER=1 needs a Chromium; none was found; install one or set CHROMIUM_PATH",
  );
}

/** Whether there is a Chromium to test with. */
export const hasChromium: boolean = executable !== undefined;

/** A browser whose WebGPU and WebGL run on the CPU, so that tests need no GPU. */
export const withDevices: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-unsafe-swiftshader",
  "--use-angle=swiftshader",
  "--enable-features=Vulkan",
];

/** A browser without WebGPU and WebGL. */
export const withoutDevices: readonly string[] = ["--disable-gpu", "--disable-3d-apis"];

/** Starts Chromium. */
export const launch = (args: readonly string[]): Promise<Browser> =>
  chromium.launch({
    ...(executable === undefined ? {} : { executablePath: executable }),
    args: ["--no-sandbox", ...args],
  });
