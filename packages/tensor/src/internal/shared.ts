/**
 * State that all loaded copies of the package (ESM and CJS) share, on the global object.
 *
 * @param name - of the state and its version
 * @param create - makes it at first use, as importing the package has no effects
 * @returns a function that gives the state
 */
export function shared<T extends object>(name: string, create: () => T): () => T {
  const key = Symbol.for(name);
  const host = globalThis as { [key]?: T };
  return () => {
    host[key] ??= create();
    return host[key];
  };
}
