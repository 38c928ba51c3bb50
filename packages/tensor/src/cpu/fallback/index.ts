import { copyFallback } from "./copy";
import type { FallbackKernel } from "./kernel";

/** Every kernel in plain JavaScript, by name. */
export const fallbackKernels: Readonly<Record<string, FallbackKernel>> = {
  ...copyFallback,
};
