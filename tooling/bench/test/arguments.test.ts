import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parseArguments } from "../src/arguments";

describe("parseArguments", () => {
  test("fills in everything but the package", () => {
    expect(parseArguments(["tensor"], "/somewhere")).toEqual({
      packageName: "tensor",
      filter: "",
      json: null,
      strict: false,
      seconds: 3,
    });
  });

  test("reads the filter and all options, with the file relative to the caller's folder", () => {
    const args = ["@x/tensor", "matmul", "--json", "out.json", "--seconds", "0.5", "--strict"];
    expect(parseArguments(args, "/somewhere")).toEqual({
      packageName: "@x/tensor",
      filter: "matmul",
      json: resolve("/somewhere/out.json"),
      strict: true,
      seconds: 0.5,
    });
  });

  test("refuses a missing package, a second filter, an unknown option and a time of zero", () => {
    expect(() => parseArguments([], "/")).toThrow("bench: expected a package; got none");
    expect(() => parseArguments(["tensor", "a", "b"], "/")).toThrow(
      "expected one filter; got also b",
    );
    expect(() => parseArguments(["tensor", "--fast"], "/")).toThrow("--fast");
    expect(() => parseArguments(["tensor", "--seconds", "0"], "/")).toThrow(
      "--seconds must be above 0",
    );
  });
});
