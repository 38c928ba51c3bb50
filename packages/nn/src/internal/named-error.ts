/** Text and dotted name of errors that have met a network, so that each network they pass extends the name. */
const met = new WeakMap<object, { readonly text: string; readonly name: string }>();

/**
 * The same error, with the name of the layer it comes from in front of its text.
 *
 * Class, code and data stay; errors other than those of shapes and arguments do too.
 *
 * @param name - from the name within an inner network, "" for none, to that in the outer one
 */
export function namedError(error: unknown, name: (inner: string) => string): unknown {
  // Two copies of the package may be loaded, so the class says nothing.
  const { code } = (error ?? {}) as { code?: unknown };
  if (!(error instanceof Error) || (code !== "ERR_SHAPE" && code !== "ERR_ARGUMENT")) return error;
  const { text, name: inner } = met.get(error) ?? { text: error.message, name: "" };
  const outer = name(inner);
  met.set(error, { text, name: outer });
  const told = outer === "" ? text : `${outer}: ${text}`;
  // The stack, which is what an uncaught error prints, holds the text it was made with.
  const stack = error.stack?.replace(error.message, () => told);
  error.message = told;
  if (stack !== undefined) error.stack = stack;
  return error;
}
