import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as entry from "../../src/gpu";
import { withoutKernels } from "./without-kernels";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const section = readme.split("\n## GPU\n")[1]?.split("\n## ")[0] as string;

it("the README names the operations that have no kernel, and no others", () => {
  const row = section.split("\n").find((line) => line.includes("| on the CPU |")) ?? "";
  const names = [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(names.toSorted()).toEqual([...withoutKernels].toSorted());
});

it("the README names every function of the entry", () => {
  for (const name of Object.keys(entry)) expect(section).toContain(`\`${name}(`);
});
