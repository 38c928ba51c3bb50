export { type EntropicGromovOptions, entropicGW } from "./entropic-gw";
export { type ConditionalGradientOptions, gromovWasserstein } from "./gromov-wasserstein";
export type { GromovLoss } from "./objective";
export type { GromovOptions } from "./prepare";
export type { GromovResult } from "./result";
