import type { Study } from "./study";

/** The studies by the names that the command line knows, in the order in which they run. */
export const studies: Readonly<Record<string, () => Promise<Study>>> = {
  muon: async () => (await import("./studies/muon-vs-adamw")).muonVsAdamw,
  "drop-muon": async () => (await import("./studies/drop-muon")).dropMuonStudy,
  "growing-batches": async () => (await import("./studies/ada-ada-grad")).adaAdaGradStudy,
  bilevel: async () => (await import("./studies/bilevel-solvers")).bilevelSolversStudy,
  "hyper-cleaning": async () => (await import("./studies/hyper-cleaning")).hyperCleaningStudy,
  denoising: async () => (await import("./studies/tv-denoising")).tvDenoisingStudy,
  "wrong-labels": async () => (await import("./studies/elr")).elrStudy,
  "coordinate-check": async () => (await import("./studies/coordinate-check")).coordinateCheckStudy,
};
