/** Position of the first value that passes a test; −1 for none, or where values are not known. */
export function firstPosition(
  values: ArrayLike<number> | undefined,
  test: (value: number, position: number) => boolean,
): number {
  const count = values?.length ?? 0;
  for (let i = 0; i < count; i++) if (test(values?.[i] as number, i)) return i;
  return -1;
}
