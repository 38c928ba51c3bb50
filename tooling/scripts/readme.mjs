// Turns every ```ts block of the README in the working directory into a test, so that no example goes stale.
//   expression; // => value     must equal the value
//   expression; // ≈ value      must equal it to within half a unit of the last decimal shown
// `const name = expression; // => value` works too. Code that is not ours to run is fenced as ```js.
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import ts from "typescript";

const target = "test/generated/readme.test.ts";

const nearHelper = `
function expectNear(actual: unknown, expected: unknown, tolerance: number): void {
  if (typeof expected === "number") {
    expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(tolerance);
    return;
  }
  const [a, e] = [Array.from(actual as ArrayLike<unknown>), Array.from(expected as ArrayLike<unknown>)];
  expect(a.length).toBe(e.length);
  e.forEach((value, i) => expectNear(a[i], value, tolerance));
}
`;

/** The test file for a README, empty if it has no ts blocks. */
export function readmeTests(markdown) {
  const codes = [...markdown.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code);
  if (codes.length === 0) return "";
  const imports = new Map();
  const tests = codes.map((code, i) => {
    const body = testBody(code, imports);
    return `test("README example ${i + 1}", async () => {\n${body}});\n`;
  });
  const head = [...imports].map(([from, names]) =>
    names.size === 0 ? `import ${from};` : `import { ${[...names].join(", ")} } from ${from};`,
  );
  const helper = tests.some((text) => text.includes("expectNear(")) ? [nearHelper] : [];
  return ['import { expect, test } from "vitest";', ...head, ...helper, ...tests].join("\n");
}

/** The block with its imports moved to the head of the file and its result comments made assertions. */
function testBody(code, imports) {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const edits = [];
  const declared = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      collectImport(node, imports);
      edits.push([node.getStart(), node.end, ""]);
    } else if (ts.isExpressionStatement(node) || ts.isVariableStatement(node)) {
      const expected = code.slice(node.end).match(/^[ \t]*\/\/ (=>|≈) (.+)/);
      if (expected) edits.push(assertion(node, expected[1], expected[2].trim()));
    }
    if (ts.isVariableStatement(node) && node.parent === source) {
      for (const { name } of node.declarationList.declarations) declared.push(...names(name));
    }
    if (ts.isFunctionDeclaration(node) && node.parent === source) declared.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  let text = code;
  for (const [from, to, by] of edits.sort((a, b) => b[0] - a[0])) {
    text = text.slice(0, from) + by + text.slice(to);
  }
  // An example may declare what it only shows.
  return declared.length === 0 ? text : `${text}void [${declared.join(", ")}];\n`;
}

function assertion(statement, sign, value) {
  const check = (actual) => {
    if (sign === "=>") return `expect(${actual}).toEqual(${value});`;
    const decimals = Math.max(
      ...value.match(/\d+(\.\d+)?/g).map((n) => n.split(".")[1]?.length ?? 0),
    );
    return `expectNear(${actual}, ${value}, ${0.5 * 10 ** -decimals});`;
  };
  if (ts.isExpressionStatement(statement)) {
    return [statement.getStart(), statement.end, check(statement.expression.getText())];
  }
  const [{ name }] = statement.declarationList.declarations;
  return [statement.end, statement.end, ` ${check(name.getText())}`];
}

function names(binding) {
  return ts.isIdentifier(binding)
    ? [binding.text]
    : binding.elements.flatMap((e) => (ts.isBindingElement(e) ? names(e.name) : []));
}

function collectImport({ moduleSpecifier, importClause }, imports) {
  const bindings = importClause?.namedBindings;
  if (importClause?.name || (bindings && ts.isNamespaceImport(bindings))) {
    imports.set(`${importClause.getText()} from ${moduleSpecifier.getText()}`, new Set());
    return;
  }
  const from = moduleSpecifier.getText();
  if (!imports.has(from)) imports.set(from, new Set());
  for (const element of bindings?.elements ?? []) imports.get(from).add(element.getText());
}

if (import.meta.filename === realpathSync(process.argv[1]) && existsSync("README.md")) {
  const tests = readmeTests(readFileSync("README.md", "utf8"));
  mkdirSync("test/generated", { recursive: true });
  if (tests === "") rmSync(target, { force: true });
  else writeFileSync(target, tests);
}
