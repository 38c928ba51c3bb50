import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as nn from "../src/index";

const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const mentioned = new Set([...text.matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map(([, name]) => name));

test("the README mentions every function that the package exports", () => {
  const missing = Object.keys(nn).filter((name) => !mentioned.has(name));
  expect(missing).toEqual([]);
});

test.each(["init", "loss", "metrics"] as const)(
  "the README mentions every function of %s",
  (space) => {
    const missing = Object.keys(nn[space]).filter((name) => !mentioned.has(name));
    expect(missing).toEqual([]);
  },
);
