/**
 * Runs work(0), …, work(n − 1) one after the other, waiting only for those that have to be waited for.
 *
 * @returns nothing if none had to be
 */
export function inTurn(n: number, work: (i: number) => void | Promise<void>): void | Promise<void> {
  let at = 0;
  const next = (): void | Promise<void> => {
    while (at < n) {
      const pending = work(at++);
      if (pending !== undefined) return pending.then(next);
    }
    return;
  };
  return next();
}

/** What follows a piece of work, at once if it did not have to be waited for; `failed` runs before an error goes on. */
export function after<T>(
  work: () => void | Promise<void>,
  then: () => T,
  failed: () => void,
): T | Promise<T> {
  const fail = (error: unknown): never => {
    failed();
    throw error;
  };
  try {
    const pending = work();
    if (pending !== undefined) return pending.then(then).catch(fail);
    return then();
  } catch (error) {
    return fail(error);
  }
}
