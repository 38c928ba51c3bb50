const longest = 20;

/**
 * Lets other work run where the last pause is 20 ms ago, and stops if a signal says so.
 *
 * @param since - when the last pause ended, in milliseconds
 * @returns when the last pause ended
 * @throws the signal's reason
 */
export async function pause(since: number, signal: AbortSignal | undefined): Promise<number> {
  signal?.throwIfAborted();
  if (performance.now() - since < longest) return since;
  await new Promise((resume) => setTimeout(resume, 0));
  signal?.throwIfAborted();
  return performance.now();
}
