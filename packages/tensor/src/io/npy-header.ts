import { quote, refuse } from "./refuse";
import { TextScanner } from "./text-scanner";

/** What the dictionary at the start of an npy file says. */
export interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/**
 * Parses the Python dictionary of an npy header.
 *
 * Only the three keys with literal values are understood; nothing is evaluated.
 *
 * @throws ArgumentError for other keys, structured element types, or text that is no such dictionary
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function parseNpyHeader(reader: string, text: string): NpyHeader {
  const scanner = new TextScanner(reader, text, " \n");
  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  scanner.expect("{");
  while (!scanner.accept("}")) {
    const key = pythonString(scanner);
    scanner.expect(":");
    if (key === "descr" && descr === undefined) descr = elementType(scanner, reader);
    else if (key === "fortran_order" && fortranOrder === undefined) fortranOrder = truth(scanner);
    else if (key === "shape" && shape === undefined) shape = tuple(scanner);
    else scanner.fail(`a value after a first descr, fortran_order or shape (not ${quote(key)})`);
    if (scanner.accept(",")) continue;
    scanner.expect("}");
    break;
  }
  scanner.end();
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    const expected = "descr, fortran_order and shape";
    return refuse({ reader, field: "header", expected, came: quote(text.trim()) });
  }
  return { descr, fortranOrder, shape };
}

function elementType(scanner: TextScanner, reader: string): string {
  if (scanner.peek() === "[" || scanner.peek() === "(") {
    refuse({
      reader,
      field: "descr",
      expected: "one element type",
      came: "a structured type",
      advice: "save its fields as separate arrays",
    });
  }
  return pythonString(scanner);
}

function pythonString(scanner: TextScanner): string {
  const mark = scanner.peek() === '"' ? '"' : "'";
  const raw = scanner.rawString(mark);
  if (raw.includes("\\")) scanner.fail("a string without escapes before this");
  return raw.slice(1, -1);
}

function truth(scanner: TextScanner): boolean {
  if (scanner.accept("True")) return true;
  if (!scanner.accept("False")) scanner.fail("True or False");
  return false;
}

function tuple(scanner: TextScanner): number[] {
  const values: number[] = [];
  scanner.expect("(");
  while (!scanner.accept(")")) {
    values.push(scanner.integer());
    // Python 2 wrote long integers with a suffix.
    scanner.accept("L");
    if (scanner.accept(",")) continue;
    if (values.length === 1) scanner.fail('"," (a tuple of one)');
    scanner.expect(")");
    break;
  }
  return values;
}
