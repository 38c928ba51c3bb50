import { ArgumentError } from "@x/tensor";

/** A word, or what turns the option off. */
type Choice = string | false;

/** "a", "b" or "c". */
function listed(choices: readonly Choice[]): string {
  const quoted = choices.map((choice) => JSON.stringify(choice));
  if (quoted.length === 1) return quoted[0] as string;
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/**
 * Refuses the value of an option that takes one of some words.
 *
 * @throws ArgumentError always
 */
export function refuseChoice(
  operation: string,
  name: string,
  value: unknown,
  choices: readonly Choice[],
): never {
  const got = typeof value === "string" ? `"${value}"` : String(value);
  throw new ArgumentError(`${operation}: expected ${name} ${listed(choices)}; got ${got}`, {
    [name.split(" ")[0] as string]: value,
  });
}

/**
 * Checks an option that takes one of some words; `undefined` stands for its default.
 *
 * @param name - of the option, followed by what else it takes, if anything
 * @throws ArgumentError on any other value
 */
export function checkChoice(
  operation: string,
  name: string,
  value: unknown,
  choices: readonly Choice[],
): void {
  if (value === undefined || choices.includes(value as Choice)) return;
  refuseChoice(operation, name, value, choices);
}
