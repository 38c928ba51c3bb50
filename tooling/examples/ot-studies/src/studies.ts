import type { Study } from "example-optim-studies/study";

/** The studies by the names that the command line knows, in the order in which they run. */
export const studies: Readonly<Record<string, () => Promise<Study>>> = {
  convergence: async () => (await import("./studies/convergence")).convergenceStudy,
  "control-variates": async () => (await import("./studies/control-variates")).controlVariateStudy,
};
