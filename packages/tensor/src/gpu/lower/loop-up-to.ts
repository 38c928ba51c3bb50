import type { KernelBuilder } from "../source/kernel-builder";

/**
 * Writes a loop whose number of rounds a thread computes.
 *
 * @param from - first value of the counter
 * @param limit - expression of the first value that is too large, evaluated each round
 * @param most - number that `limit` never exceeds: WebGL 1 takes constant limits only
 * @param body - writes the statements of a round, given the counter's name
 */
export function loopUpTo(
  k: KernelBuilder,
  from: number,
  limit: string,
  most: number,
  body: (j: string) => void,
): void {
  const j = k.name("j");
  const constant = ["webgl", "headless"].includes(k.target.backend);
  k.line(`for (let ${j} = ${from}; ${j} < ${constant ? most : limit}; ${j}++) {`);
  if (constant) k.line(`if (${j} < ${limit}) {`);
  body(j);
  k.line(constant ? "}\n}" : "}");
}
