import * as tensors from "@x/tensor";
import { expect, test } from "vitest";
import {
  docstringExamples,
  expectShown,
  runExample,
} from "../../../tooling/testing/docstring-examples";
import * as nn from "../src/index";

/** What an example speaks of without making it: inputs of any values. */
const given = {
  key: tensors.random.key(0),
  x: tensors.ones([2, 10, 4]),
  q: tensors.ones([2, 5, 4]),
  k: tensors.ones([2, 5, 4]),
  v: tensors.ones([2, 5, 4]),
};

// These show a step of a larger program.
const fragments = ["loadVariables(", "gpt2Names)", "valueAndGradWithState(", "foldBatchNorm("];

const examples = docstringExamples(new URL("../src/", import.meta.url)).filter(
  ({ code }) => !fragments.some((part) => code.includes(part)),
);

test("there are examples in the docstrings", () => {
  expect(examples.length).toBeGreaterThan(50);
});

test.each(examples)("$file: $code", async (example) => {
  for (const shown of await runExample(example, { ...tensors, ...nn, ...given })) {
    expectShown(shown);
  }
});
