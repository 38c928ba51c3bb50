import { floatFunctions } from "./float-functions";
import { gammaFunctions } from "./gamma-functions";
import { divisionFunctions } from "./index-text";
import { integerFunctions } from "./integer-functions";
import type { HelperFunction } from "./kernel-spec";
import { specialFunctions } from "./special-functions";
import { trigFunctions } from "./trig-functions";

const byName: ReadonlyMap<string, HelperFunction> = new Map(
  [
    ...divisionFunctions,
    ...floatFunctions,
    ...gammaFunctions,
    ...integerFunctions,
    ...specialFunctions,
    ...trigFunctions,
  ].map((f) => [f.name, f]),
);

/** A helper function after those that its body calls. */
export function library(name: string): readonly HelperFunction[] {
  const found = byName.get(name);
  if (found === undefined) throw new Error(`gpu: no helper function ${name}`);
  const called = new Set([...found.body.matchAll(/\b(\w+)\(/g)].map((m) => m[1] as string));
  return [...[...called].filter((f) => byName.has(f)).flatMap(library), found];
}
