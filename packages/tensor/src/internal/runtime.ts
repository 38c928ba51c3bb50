import { shared } from "./shared";
import type { Trace } from "./trace";

/** What all loaded copies of the package (ESM and CJS) share. */
interface SharedRuntime {
  /** Nesting depth of active transformations. */
  level: number;
  /** Number of graph traces (jit, scan bodies) in progress. */
  tracing: number;
  /** The innermost trace in progress that takes over what enclosing traces would record. */
  floor?: Trace | undefined;
  /** Source of identities for graph variables. */
  ids: number;
}

/** The shared runtime, created at first use. */
export const sharedRuntime: () => SharedRuntime = shared("@x/tensor/trace/1", () => ({
  level: 0,
  tracing: 0,
  ids: 0,
}));

/** A number that no other graph variable has. */
export const nextId = (): number => sharedRuntime().ids++;
