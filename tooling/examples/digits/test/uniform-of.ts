import { random } from "@x/tensor";

/** The uniform numbers of a seed. */
export function uniformOf(seed: number): () => number {
  const rng = random.rng(seed);
  return () => rng.uniform();
}
