const numbers = { SIGINT: 2, SIGTERM: 15 } as const;

/** Turns the first Ctrl-C (or SIGTERM) into a wish to stop; a second one ends the program at once. */
export function stopOnSignals(): { signal: AbortSignal; exitCode: () => number } {
  const controller = new AbortController();
  let code = 0;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      if (code !== 0) process.exit(code);
      code = 128 + numbers[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
