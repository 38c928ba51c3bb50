import { floatFunctions } from "./float-functions";
import { divisionFunctions } from "./index-text";
import { integerFunctions } from "./integer-functions";
import type { HelperFunction } from "./kernel-spec";
import { specialFunctions } from "./special-functions";

/** A helper function and those that it calls itself. */
export interface LibraryFunction extends HelperFunction {
  readonly uses: readonly string[];
}

const byName: ReadonlyMap<string, LibraryFunction> = new Map(
  [...floatFunctions, ...specialFunctions, ...integerFunctions].map((f) => [f.name, f]),
);

/** A helper function after those that it needs. */
export function library(name: string): readonly HelperFunction[] {
  if (name === "quotient") return divisionFunctions;
  const found = byName.get(name);
  if (found === undefined) throw new Error(`gpu: no helper function ${name}`);
  const { uses, ...own } = found;
  return [...uses.flatMap(library), own];
}
