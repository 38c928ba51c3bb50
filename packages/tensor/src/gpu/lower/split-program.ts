import type { MapProgram } from "../../cpu/lower/map-program";

/**
 * Registers of a program that have to be stored so that no kernel reads more buffers than it can: in an order in
 * which each needs at most `most` buffers, stored ones before it included, and so do the outputs.
 *
 * @param slots - buffer of each input
 */
export function splitProgram(
  program: MapProgram,
  slots: readonly number[],
  most: number,
): readonly number[] {
  const stored = new Set<number>();
  while (storeOne(program, slots, most, stored));
  return [...stored].sort((a, b) => a - b);
}

/** Adds one register to those that are stored, if some instruction still needs too many buffers. */
function storeOne(
  { inputs, constants, code }: MapProgram,
  slots: readonly number[],
  most: number,
  stored: Set<number>,
): boolean {
  const first = inputs.length + constants.length;
  const needs: ReadonlySet<string>[] = [
    ...inputs.map((_, i) => new Set([`input ${slots[i]}`])),
    ...constants.map(() => new Set<string>()),
  ];
  const read = (r: number): ReadonlySet<string> =>
    stored.has(r) ? new Set([`register ${r}`]) : (needs[r] as ReadonlySet<string>);
  for (const { args } of code) {
    const all = new Set(args.flatMap((r) => [...read(r)]));
    if (all.size > most) {
      const computed = args.filter((r) => r >= first && !stored.has(r));
      computed.sort((a, b) => read(b).size - read(a).size);
      stored.add(computed[0] as number);
      return true;
    }
    needs.push(all);
  }
  return false;
}
