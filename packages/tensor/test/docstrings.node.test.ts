import * as all from "@x/tensor";
import * as io from "@x/tensor/io";
import * as linalg from "@x/tensor/linalg";
import * as random from "@x/tensor/random";
import { expect, test } from "vitest";
import {
  docstringExamples,
  expectShown,
  runExample,
  showsValue,
} from "../../../tooling/testing/docstring-examples";

/** The examples that show a value; the others speak of the user's own functions. */
const examples = docstringExamples(new URL("../src/", import.meta.url)).filter(showsValue);

test("there are examples in the docstrings", () => {
  expect(examples.length).toBeGreaterThan(60);
});

test.each(examples)("$file: $code", async (example) => {
  const own = { io, linalg, random, tree: all.tree }[/^\w+/.exec(example.file)?.[0] as "io"];
  for (const shown of await runExample(example, { ...all, ...own })) expectShown(shown);
});
