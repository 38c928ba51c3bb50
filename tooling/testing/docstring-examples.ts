import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { expect } from "vitest";

/** An example of a docstring. */
export interface Example {
  /** Path of its source file, relative to the folder that was searched. */
  readonly file: string;
  readonly code: string;
}

/** What an example computes beside what it says it does. */
export interface Shown {
  readonly actual: unknown;
  /** The comment behind the expression. */
  readonly text: string;
}

/** All examples of the TypeScript files below a folder. */
export const docstringExamples = (source: URL): readonly Example[] =>
  readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("generated"))
    .flatMap((file) => {
      const text = readFileSync(new URL(file, source), "utf8");
      return [...text.matchAll(/@example\n((?: +\* [^@\n]*\n)+)/g)].map(([, block = ""]) => ({
        file,
        code: block
          .trimEnd()
          .replace(/^ +\* /gm, "")
          // A long value has a line of its own.
          .replace(/;\n(?=\/\/ )/g, "; "),
      }));
    });

/** `expression // value`; a declaration may have a comment of its own. */
const commented = /^(?!const |let )(.*?);? \/\/ (?:≈ )?(.*)$/;

/** Whether an example says what one of its lines computes. */
export const showsValue = ({ code }: Example): boolean =>
  code.split("\n").some((line) => isLiteral(line.match(commented)?.[2]));

/**
 * Runs an example.
 *
 * @param scope - names that it may use; what it declares by the same names hides them
 * @returns one entry for each line `expression // value`
 */
export async function runExample(
  { code }: Example,
  scope: Readonly<Record<string, unknown>>,
): Promise<readonly Shown[]> {
  const body = code.split("\n").map((line) => {
    const [, expression, text] = line.match(commented) ?? [];
    if (!isLiteral(text)) return line;
    const shown = line.slice(line.lastIndexOf("// ") + 3);
    return `pairs.push({ actual: ${expression}, text: ${JSON.stringify(shown)} });`;
  });
  const { outputText } = ts.transpileModule(
    `async function example() { const pairs = []; { ${body.join("\n")}\n } return pairs; }`,
    { compilerOptions: { target: ts.ScriptTarget.ES2022 } },
  );
  const make = new Function(...Object.keys(scope), `${outputText}; return example();`);
  return (await make(...Object.values(scope))) as readonly Shown[];
}

/** Numbers, texts, lists and objects of them: what a comment may say about a value. */
function isLiteral(text: string | undefined): boolean {
  if (text === undefined) return false;
  const { diagnostics = [] } = ts.transpileModule(`(${text})`, { reportDiagnostics: true });
  if (diagnostics.length > 0) return false;
  const [statement] = ts.createSourceFile(
    "value.ts",
    `(${text})`,
    ts.ScriptTarget.Latest,
  ).statements;
  const plain = (node: ts.Node): boolean =>
    ts.isNumericLiteral(node) ||
    ts.isStringLiteral(node) ||
    [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(
      node.kind,
    ) ||
    (ts.isIdentifier(node) && ["NaN", "Infinity", "undefined"].includes(node.text)) ||
    (ts.isPrefixUnaryExpression(node) && plain(node.operand)) ||
    (ts.isParenthesizedExpression(node) && plain(node.expression)) ||
    (ts.isArrayLiteralExpression(node) && node.elements.every(plain)) ||
    (ts.isObjectLiteralExpression(node) &&
      node.properties.every((p) => ts.isPropertyAssignment(p) && plain(p.initializer)));
  return (
    statement !== undefined && ts.isExpressionStatement(statement) && plain(statement.expression)
  );
}

/**
 * Holds a value against what the comment says about it.
 *
 * Numbers with three decimals and more, or behind ≈, may have been rounded to what is shown; others are met up to
 * the rounding of f32.
 */
export function expectShown({ actual, text }: Shown): void {
  const value = text.replace("≈ ", "");
  const decimals = Math.max(0, ...[...value.matchAll(/\.(\d+)/g)].map(([, d = ""]) => d.length));
  const rounded = value !== text || decimals >= 3;
  const near = (x: unknown): unknown => {
    if (typeof x === "number" && Number.isFinite(x)) {
      return within(x, rounded ? 0.501 * 10 ** -decimals : 1e-6 * Math.max(1, Math.abs(x)));
    }
    return mapPlain(x, near);
  };
  expect(plain(actual)).toEqual(near(new Function(`return (${value})`)()));
}

const within = (x: number, tolerance: number): object => ({
  asymmetricMatch: (y: unknown) => Math.abs((y as number) - x) <= tolerance,
  toString: () => `${x} ± ${tolerance}`,
});

/** Lists and plain objects with something in the place of what they hold. */
const mapPlain = (x: unknown, f: (part: unknown) => unknown): unknown => {
  if (Array.isArray(x)) return x.map(f);
  if (typeof x !== "object" || x === null || Object.getPrototypeOf(x) !== Object.prototype) {
    return x;
  }
  return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, f(part)]));
};

/** Tensors and typed arrays as the lists that comments show. */
function plain(x: unknown): unknown {
  if (ArrayBuffer.isView(x)) return Array.from(x as unknown as ArrayLike<unknown>);
  const { toArray } = (x ?? {}) as { readonly toArray?: unknown };
  return typeof toArray === "function" ? toArray.call(x) : mapPlain(x, plain);
}
