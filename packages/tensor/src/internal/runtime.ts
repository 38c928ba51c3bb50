/** What all loaded copies of the package (ESM and CJS) share. */
interface SharedRuntime {
  /** Nesting depth of active transformations. */
  level: number;
  /** Number of graph traces (jit, scan bodies) in progress. */
  tracing: number;
  /** Source of identities for graph variables. */
  ids: number;
}

const key = Symbol.for("@x/tensor/trace/1");

/** The shared runtime, created at first use. */
export function sharedRuntime(): SharedRuntime {
  const holder = globalThis as { [key]?: SharedRuntime };
  holder[key] ??= { level: 0, tracing: 0, ids: 0 };
  return holder[key];
}

/** A number that no other graph variable has. */
export const nextId = (): number => sharedRuntime().ids++;
