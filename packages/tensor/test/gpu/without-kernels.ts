/** Operations of which some step has no kernel yet and runs on the CPU. */
export const withoutKernels: ReadonlySet<string> = new Set([]);
