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

/** `describe` of what wraps a transformation: its name around what that one says. */
export const describeAround = (
  name: string,
  inner: GradientTransformation,
): Required<Pick<GradientTransformation, "describe">> => ({
  describe(params) {
    const texts = inner.describe?.(params) ?? {};
    const rows = entriesOf(name, params).map(({ path }) => {
      const key = path.join(".");
      return [key, texts[key] ? `${name}(${texts[key]})` : name] as const;
    });
    return Object.fromEntries(rows);
  },
});
