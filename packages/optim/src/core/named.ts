import type { GradientTransformation, OptState } from "../types";
import { entriesOf } from "./tree";

/** A method that tells `describe` its name for every leaf. */
export const named = <S extends OptState>(
  name: string,
  transformation: GradientTransformation<S>,
): GradientTransformation<S> => ({
  ...transformation,
  describe: (params) =>
    Object.fromEntries(entriesOf(name, params).map(({ path }) => [path.join("."), name])),
});
