import { ArgumentError, isTensor, ShapeError, type Tensor, type TypedArray } from "@x/tensor";

/** Numbers of a metric: a tensor, whose axes are not looked at, a typed array or a list. Read at once: not inside `jit`. */
export type Numbers = Tensor | ArrayLike<number | boolean>;

/**
 * The elements as a list that holds no NaN.
 *
 * @throws ArgumentError naming the position of a NaN
 */
export function numbers(operation: string, name: string, x: Numbers): ArrayLike<number> {
  const list: ArrayLike<number> = isTensor(x)
    ? x.dataSync()
    : ArrayBuffer.isView(x)
      ? (x as unknown as TypedArray)
      : Array.from(x, Number);
  for (let i = 0; i < list.length; i++) {
    if (!Number.isNaN(list[i])) continue;
    throw new ArgumentError(`${operation}: expected numbers in ${name}; got NaN at position ${i}`, {
      name,
      position: i,
    });
  }
  return list;
}

/**
 * Two lists of one length, of at least one element.
 *
 * @throws ShapeError otherwise
 */
export function numberPairs(
  operation: string,
  names: readonly [string, string],
  x: Numbers,
  y: Numbers,
): [ArrayLike<number>, ArrayLike<number>] {
  const [a, b] = [numbers(operation, names[0], x), numbers(operation, names[1], y)];
  if (a.length === b.length && a.length > 0) return [a, b];
  throw new ShapeError(
    `${operation}: expected as many ${names[0]} as ${names[1]}, and at least one; got ${a.length} and ${b.length}`,
    { operation, lengths: [a.length, b.length] },
  );
}

/**
 * Checks that a list consists of whole numbers from 0 to below a bound.
 *
 * @throws ArgumentError naming the position and the value of the first other one
 */
export function checkClasses(
  operation: string,
  name: string,
  list: ArrayLike<number>,
  classes: number,
): void {
  for (let i = 0; i < list.length; i++) {
    const c = list[i] as number;
    if (Number.isInteger(c) && c >= 0 && c < classes) continue;
    throw new ArgumentError(
      `${operation}: expected ${name} from 0 to ${classes - 1}; got ${c} at position ${i}`,
      { name, position: i, value: c },
    );
  }
}
