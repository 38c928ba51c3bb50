import { expect, test } from "vitest";
import { readmeTests } from "../readme.mjs";

/** The test file made from a README with these ts blocks. */
const generate = (...blocks) =>
  readmeTests(blocks.map((code) => `Text.\n\n\`\`\`ts\n${code}\n\`\`\`\n`).join("\n"));

test("only ts blocks become tests", () => {
  expect(readmeTests("# Title\n\n```js\nf(1); // => 2\n```\n")).toBe("");
});

test("a result comment becomes an assertion on the statement before it, however long that is", () => {
  const text = generate(
    "for (const i of [1]) {\n  i + 1; // => 2\n}\n[1, 2].map(\n  (x) => x * 2,\n); // => [2, 4]",
  );
  expect(text).toContain("expect(i + 1).toEqual(2);");
  expect(text).toContain("expect([1, 2].map(\n  (x) => x * 2,\n)).toEqual([2, 4]);");
});

test("a declaration with a result comment is kept and its name is asserted", () => {
  expect(generate("const y = f(1); // => 3")).toContain("const y = f(1); expect(y).toEqual(3);");
});

test("an approximate result allows half a unit of the last decimal shown", () => {
  expect(generate("Math.sqrt(2); // ≈ 1.414")).toContain("expectNear(Math.sqrt(2), 1.414, 0.0005)");
});

test("imports of all blocks are merged at the head of the file", () => {
  const text = generate('import { a, b } from "m";\na(b);', 'import { b, c } from "m";\nb(c);');
  expect(text.match(/from "m"/g)).toHaveLength(1);
  expect(text).toContain('import { a, b, c } from "m";');
});

test("a comment that gives no result leaves the statement as it is", () => {
  expect(generate("f(1); // the first call compiles")).not.toContain("expect(");
});
