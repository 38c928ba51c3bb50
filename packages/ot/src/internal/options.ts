import { ArgumentError } from "@x/tensor";

/**
 * Checks that options without which there is no problem were given at all.
 *
 * @param needed - the least of them, in braces
 * @param what - what they are called in the message
 * @throws ArgumentError on anything but an object
 */
export function checkOptionsGiven(
  operation: string,
  options: unknown,
  needed: string,
  what = "options",
): void {
  if (typeof options === "object" && options !== null) return;
  throw new ArgumentError(
    `${operation}: expected ${what}; got ${String(options)}; pass ${needed} or more`,
  );
}
