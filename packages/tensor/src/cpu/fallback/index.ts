import { argReduceFallback } from "./arg-reduce";
import { convFallback } from "./conv";
import { copyFallback } from "./copy";
import { cumulativeFallback } from "./cumulative";
import { gatherFallback } from "./gather";
import { gemmFallback } from "./gemm";
import type { FallbackKernel } from "./kernel";
import { mapFallback } from "./map";
import { poolFallback } from "./pool";
import { randomBitsFallback } from "./random-bits";
import { reduceFallback } from "./reduce";
import { searchSortedFallback } from "./search-sorted";
import { sortFallback } from "./sort";

/** Every kernel in plain JavaScript, by name. */
export const fallbackKernels: Readonly<Record<string, FallbackKernel>> = {
  ...argReduceFallback,
  ...convFallback,
  ...copyFallback,
  ...cumulativeFallback,
  ...gatherFallback,
  ...gemmFallback,
  ...mapFallback,
  ...poolFallback,
  ...randomBitsFallback,
  ...reduceFallback,
  ...searchSortedFallback,
  ...sortFallback,
};
