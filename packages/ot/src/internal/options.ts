import { ArgumentError } from "@x/tensor";

/**
 * Checks that options without which there is no problem were given at all.
 *
 * @param needed - the least of them, in braces
 * @throws ArgumentError on anything but an object
 */
export function checkOptionsGiven(operation: string, options: unknown, needed: string): void {
  if (typeof options === "object" && options !== null) return;
  throw new ArgumentError(
    `${operation}: expected options; got ${String(options)}; pass ${needed} or more`,
  );
}
