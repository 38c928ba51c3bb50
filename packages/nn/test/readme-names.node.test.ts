import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as nn from "../src/index";

const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const mentioned = new Set([...text.matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map(([, name]) => name));

test("the README mentions every function that the package exports", () => {
  const missing = Object.keys(nn).filter((name) => !mentioned.has(name));
  expect(missing).toEqual([]);
});

const spaces = { init: nn.init, loss: nn.loss, metrics: nn.metrics };

test.each(Object.entries(spaces))("the README mentions every function of %s", (_, space) => {
  const missing = Object.keys(space).filter((name) => !mentioned.has(name));
  expect(missing).toEqual([]);
});
