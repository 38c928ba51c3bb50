import type { HelperFunction, SourceType } from "./kernel-spec";

/** Parameters as text: `x` is a number, `p:2` a pair (two planes of an integer), `i:i` an integer. */
function parameter(text: string): readonly [string, SourceType] {
  const [name, type] = text.split(":") as [string, string?];
  return [name, type === undefined ? "Number" : type === "2" ? "Array(2)" : "Integer"];
}

const make =
  (returns: SourceType) =>
  (name: string, parameters: string, body: string): HelperFunction => ({
    name,
    parameters: parameters === "" ? [] : parameters.split(" ").map(parameter),
    returns,
    body: body.trim(),
  });

/** A helper function that returns a number. */
export const numberFunction: ReturnType<typeof make> = make("Number");
/** A helper function that returns two planes of an integer. */
export const pairFunction: ReturnType<typeof make> = make("Array(2)");
/** A helper function that returns an integer. */
export const integerFunction: ReturnType<typeof make> = make("Integer");
