import { resolve } from "node:path";
import { UserError } from "example-digits/user-error";
import { describe, expect, test } from "vitest";
import { readArguments } from "../src/arguments";

const folders = { data: "/data", out: "/out" };
const read = (...argv: string[]) => readArguments(argv, { INIT_CWD: "/home/me" }, folders);

describe("readArguments", () => {
  test("takes the photographs and all methods unless told otherwise", () => {
    expect(read()).toEqual({
      pictures: undefined,
      data: "/data",
      out: "/out",
      methods: ["emd", "sinkhorn", "sliced", "gaussian"],
      samples: undefined,
      seed: 0,
      help: false,
    });
  });

  test("reads pictures and folders from where the user is, and X_DATA_DIR", () => {
    const given = read(
      "a.jpg",
      "b.png",
      "--out",
      "o",
      "--samples",
      "50",
      "--methods",
      "sliced, emd",
    );
    expect(given.pictures).toEqual([resolve("/home/me/a.jpg"), resolve("/home/me/b.png")]);
    expect([given.out, given.samples]).toEqual([resolve("/home/me/o"), 50]);
    expect(given.methods).toEqual(["emd", "sliced"]);
    expect(readArguments([], { X_DATA_DIR: "/photos" }, folders).data).toBe(resolve("/photos"));
  });

  test("refuses one picture, unknown methods and options, and numbers that are none", () => {
    expect(() => read("a.jpg")).toThrow("expected two pictures, source and target, or none; got 1");
    expect(() => read("--methods", "emd,magic")).toThrow('got "magic"');
    expect(() => read("--samples", "0")).toThrow("--samples: expected a whole number from 1");
    expect(() => read("--seed", "-1")).toThrow("--seed");
    expect(() => read("--fast")).toThrow(/'--fast'.*--help lists the options/);
    expect(() => read("--fast")).toThrow(UserError);
  });
});
