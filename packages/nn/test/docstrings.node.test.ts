import { readdirSync, readFileSync } from "node:fs";
import * as tensors from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import ts from "typescript";
import { expect, test } from "vitest";
import * as nn from "../src/index";

const source = new URL("../src/", import.meta.url);
const names: Readonly<Record<string, unknown>> = { ...tensors, ...nn };

interface Example {
  readonly file: string;
  readonly code: string;
}

/** All examples in docstrings; a line `expression // value` says what it computes. */
const examples: readonly Example[] = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, source), "utf8");
    return [...text.matchAll(/@example\n((?: +\* [^@\n]*\n)+)/g)].map(([, block = ""]) => ({
      file,
      code: block.trimEnd().replace(/^ +\* /gm, ""),
    }));
  });

/** What an example speaks of without making it: inputs of any values, a file. */
const given = {
  key: tensors.random.key(0),
  x: tensors.ones([2, 10, 4]),
  q: tensors.ones([2, 5, 4]),
  k: tensors.ones([2, 5, 4]),
  v: tensors.ones([2, 5, 4]),
};

const plain = (y: unknown): unknown => (tensors.isTensor(y) ? y.toArray() : y);

function run({ code }: Example): [unknown, unknown][] {
  const body = code.split("\n").map((line) => {
    const shown = line.match(/^(?!const )(.*?);? \/\/ (.*)$/);
    return shown === null ? line : `pairs.push([${shown[1]}, ${shown[2]}]);`;
  });
  const { outputText } = ts.transpileModule(`function f() {${body.join("\n")}}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  });
  const inside = outputText.replace(/^[^{]*\{/, "").replace(/\}\s*$/, "");
  const scope = {
    ...names,
    ...Object.fromEntries(
      Object.entries(given).filter(
        ([name]) => !new RegExp(`const .*\\b${name}\\b.* = `).test(code),
      ),
    ),
  };
  const pairs: [unknown, unknown][] = [];
  new Function("pairs", ...Object.keys(scope), inside)(pairs, ...Object.values(scope));
  return pairs;
}

// These show a step of a larger program.
const fragments = ["loadVariables(", "gpt2Names)", "valueAndGradWithState(", "foldBatchNorm("];

test.each(examples.filter(({ code }) => !fragments.some((part) => code.includes(part))))(
  "$file: $code",
  (example) => {
    for (const [actual, shown] of run(example)) {
      const [a, b] = [plain(actual), plain(shown)];
      if (typeof b === "number" || (Array.isArray(b) && typeof b.flat(9)[0] === "number")) {
        // Four decimals are shown at most.
        assertClose(a, b, { absolute: 5.1e-5, relative: 0 });
      } else {
        expect(a).toEqual(b);
      }
    }
  },
);
