import { readdirSync, readFileSync } from "node:fs";
import * as all from "@x/tensor";
import * as io from "@x/tensor/io";
import * as linalg from "@x/tensor/linalg";
import * as random from "@x/tensor/random";
import ts from "typescript";
import { expect, test } from "vitest";

const source = new URL("../src/", import.meta.url);

interface Example {
  readonly file: string;
  readonly lines: readonly string[];
}

/** `expression // value`; a declaration may have a comment of its own. */
const shownValue = /^(?!const )(.*?);? \/\/ (.*)$/;

/** The examples in docstrings that show a value. */
const examples: readonly Example[] = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("generated"))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, source), "utf8");
    return [...text.matchAll(/@example\n((?: +\* [^@\n]*\n)+)/g)].map(([, block = ""]) => ({
      file,
      lines: block
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(/^ +\* /, "")),
    }));
  })
  .filter(({ lines }) => lines.some((line) => shownValue.test(line)));

/** Tensors as the arrays that the comments show. */
const plain = (y: unknown): unknown => {
  if (all.isTensor(y)) return y.toArray();
  if (Array.isArray(y)) return y.map(plain);
  if (typeof y !== "object" || y === null) return y;
  return Object.fromEntries(Object.entries(y).map(([key, value]) => [key, plain(value)]));
};

/** Runs an example; returns what it computes and what it says it does, one pair for each line with a value. */
function run({ file, lines }: Example): [unknown, unknown][] {
  const body = lines.map((line) => {
    const shown = line.match(shownValue);
    return shown === null ? line : `pairs.push([${shown[1]}, ${shown[2]}]);`;
  });
  const code = `const pairs: unknown[] = [];\n${body.join("\n")}\nreturn pairs;`;
  const { outputText } = ts.transpileModule(`async function example() {${code}}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  });
  const inside = outputText.replace(/^[^{]*\{/, "").replace(/\}\s*$/, "");
  const own = { io, linalg, random, tree: all.tree }[/^\w+/.exec(file)?.[0] as "io"];
  const names = { ...all, ...own };
  return new Function(...Object.keys(names), inside)(...Object.values(names)) as [
    unknown,
    unknown,
  ][];
}

test.each(examples.map((example) => ({ title: example.lines.join("; "), ...example })))(
  "$file: $title",
  (example) => {
    for (const [actual, shown] of run(example)) {
      const expected = typeof shown === "number" ? expect.closeTo(shown, 4) : shown;
      expect(plain(actual)).toEqual(expected);
    }
  },
);
