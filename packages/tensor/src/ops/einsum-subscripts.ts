import { ArgumentError, ShapeError } from "../errors";
import { type Shape, showShape } from "../shape";

/** An einsum with every axis named: ellipsis axes are called "…1", "…2", … counted from the right. */
export interface Subscripts {
  /** Names of the axes of each operand. */
  readonly operands: readonly (readonly string[])[];
  /** Names of the axes of the result. */
  readonly output: readonly string[];
  /** Length of each name: the longest that any operand has for it. */
  readonly lengths: ReadonlyMap<string, number>;
}

/** Letters of one operand, and where its ellipsis is. */
interface Term {
  readonly letters: readonly string[];
  /** Number of letters before the ellipsis; `undefined` without one. */
  readonly dots: number | undefined;
}

const refuse = (text: string, expected: string): ArgumentError =>
  new ArgumentError(`einsum: ${expected}; got "${text}"`, { subscripts: text });

function parseTerm(term: string, text: string): Term {
  const parts = term.split("...");
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z]*$/.test(part))) {
    throw refuse(
      text,
      `expected letters and at most one "..." for each operand, separated by commas, as in "ij,jk->ik"`,
    );
  }
  return {
    letters: [...parts.join("")],
    dots: parts.length === 2 ? (parts[0] as string).length : undefined,
  };
}

const ellipsis = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `…${count - i}`);

const withEllipsis = ({ letters, dots }: Term, count: number): string[] =>
  dots === undefined
    ? [...letters]
    : [...letters.slice(0, dots), ...ellipsis(count), ...letters.slice(dots)];

/**
 * Reads subscripts such as `"...ij,jk->...ik"` against the operands' shapes.
 *
 * Without `->` the result has the ellipsis axes, then the letters that occur once, in alphabetic order.
 *
 * @throws ArgumentError when the text is malformed
 * @throws ShapeError when ranks or lengths do not fit, naming the subscript
 */
export function parseSubscripts(text: string, shapes: readonly Shape[]): Subscripts {
  const sides = text.replaceAll(" ", "").split("->");
  if (sides.length > 2) throw refuse(text, `expected at most one "->"`);
  const terms = (sides[0] as string).split(",").map((term) => parseTerm(term, text));
  if (terms.length !== shapes.length) {
    throw refuse(
      text,
      `expected subscripts for ${shapes.length} operands, which follow one by one, not in a list`,
    );
  }
  const counts = terms.map((term, i) => ellipsisCount(term, shapes[i] as Shape, i, text));
  const most = Math.max(0, ...counts);
  const operands = terms.map((term, i) => withEllipsis(term, counts[i] as number));
  const output =
    sides[1] === undefined
      ? implicitOutput(terms, most)
      : explicitOutput(sides[1], terms, most, text);
  return { operands, output, lengths: measure(text, operands, shapes) };
}

/** Number of axes that an operand's ellipsis stands for. */
function ellipsisCount(
  { letters, dots }: Term,
  shape: Shape,
  operand: number,
  text: string,
): number {
  const rest = shape.length - letters.length;
  if (rest < 0 || (dots === undefined && rest > 0)) {
    throw new ShapeError(
      `einsum: operand ${operand} has ${shape.length} axes, ${showShape(shape)}, but its subscripts in "${text}" name ${letters.length}; name each axis once or add "..."`,
      { subscripts: text, operand, shape },
    );
  }
  return rest;
}

function implicitOutput(terms: readonly Term[], count: number): string[] {
  const all = terms.flatMap(({ letters }) => letters);
  const single = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  return [...ellipsis(count), ...single.sort()];
}

function explicitOutput(
  side: string,
  terms: readonly Term[],
  count: number,
  text: string,
): string[] {
  const term = parseTerm(side, text);
  const known = new Set(terms.flatMap(({ letters }) => letters));
  term.letters.forEach((letter, i) => {
    if (!known.has(letter) || term.letters.indexOf(letter) !== i) {
      throw refuse(
        text,
        `expected output subscripts of the operands, each once; "${letter}" is not`,
      );
    }
  });
  if (count > 0 && term.dots === undefined) {
    throw refuse(text, `expected "..." in the output, too`);
  }
  return withEllipsis(term, count);
}

/** Length of every name, with lengths of 1 broadcast. */
function measure(
  text: string,
  operands: readonly (readonly string[])[],
  shapes: readonly Shape[],
): Map<string, number> {
  const found = new Map<string, { length: number; operand: number }>();
  operands.forEach((names, operand) => {
    const shape = shapes[operand] as Shape;
    names.forEach((name, axis) => {
      const length = shape[axis] as number;
      const first = names.indexOf(name);
      const have = first === axis ? found.get(name) : { length: shape[first] as number, operand };
      const clash = have !== undefined && have.length !== length;
      if (clash && (first !== axis || (have.length !== 1 && length !== 1))) {
        const other = shapes[have.operand] as Shape;
        throw new ShapeError(
          `einsum: subscript "${name}" of "${text}" has length ${have.length} in operand ${have.operand}, ${showShape(other)}, and ${length} in operand ${operand}, ${showShape(shape)}; lengths must be equal${first === axis ? " or 1" : " on a diagonal"}`,
          { subscripts: text, subscript: name, shapes },
        );
      }
      if (have === undefined || have.length === 1) found.set(name, { length, operand });
    });
  });
  return new Map([...found].map(([name, { length }]) => [name, length]));
}
