import type { Study } from "./study";

/** The studies by the names that the command line knows, in the order in which they run. */
export const studies: Readonly<Record<string, () => Promise<Study>>> = {};
