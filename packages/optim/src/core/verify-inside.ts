import type { GradientTransformation, OptState } from "../types";

/** `verify` of what wraps a transformation, or nothing where that has none: then loops need not read the state. */
export const verifyInside = <S extends OptState>(
  { verify }: GradientTransformation,
  inner: (state: S) => OptState,
): Pick<GradientTransformation<S>, "verify"> =>
  verify === undefined ? {} : { verify: (state: S) => verify(inner(state)) };
