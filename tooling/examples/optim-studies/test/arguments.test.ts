import { resolve } from "node:path";
import { UserError } from "example-digits/user-error";
import { describe, expect, test } from "vitest";
import { readArguments, usage } from "../src/arguments";

const context = {
  environment: { INIT_CWD: "/home/me" },
  names: ["muon", "bilevel"],
  defaultOut: "/out",
};
const read = (...argv: string[]) => readArguments(argv, context);

describe("readArguments", () => {
  test("takes all studies and drawn digits unless told otherwise", () => {
    expect(read()).toEqual({
      studies: ["muon", "bilevel"],
      data: undefined,
      out: "/out",
      seed: 0,
      quick: false,
      help: false,
    });
  });

  test("reads names, folders from where the user is, and X_DATA_DIR", () => {
    const given = read("bilevel", "--data", "digits", "--out", "plots", "--seed", "7", "--quick");
    expect(given.studies).toEqual(["bilevel"]);
    expect(given.data).toBe(resolve("/home/me/digits"));
    expect(given.out).toBe(resolve("/home/me/plots"));
    expect([given.seed, given.quick]).toEqual([7, true]);
    const environment = { INIT_CWD: "/home/me", X_DATA_DIR: "/data" };
    expect(readArguments([], { ...context, environment }).data).toBe(resolve("/data"));
  });

  test("runs the named studies in the order of the list", () => {
    expect(read("bilevel", "muon").studies).toEqual(["muon", "bilevel"]);
  });

  test("refuses unknown studies and options, and seeds that are none, saying what is known", () => {
    expect(() => read("adam")).toThrow('expected a study (muon, bilevel); got "adam"');
    expect(() => read("--seed", "1.5")).toThrow("--seed: expected a whole number below 2³²");
    expect(() => read("--fast")).toThrow(/'--fast'.*--help lists the options/);
    expect(() => read("adam")).toThrow(UserError);
    expect(usage(["muon", "bilevel"])).toContain("muon, bilevel");
  });
});
