import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readArguments } from "../src/arguments";
import { UserError } from "../src/user-error";

const read = (argv: string[], environment: Record<string, string> = {}) =>
  readArguments(argv, { INIT_CWD: "/home/someone", ...environment }, "/default/out");

describe("readArguments", () => {
  it("without arguments leaves the folder, epochs and seed open", () => {
    expect(read([])).toEqual({
      folder: undefined,
      epochs: undefined,
      resume: false,
      out: "/default/out",
      seed: undefined,
      threads: undefined,
      help: false,
    });
  });

  it("takes the folder from the argument, else from X_DATA_DIR, relative to where npm was called", () => {
    expect(read(["data"]).folder).toBe(resolve("/home/someone/data"));
    expect(read([], { X_DATA_DIR: "/digits" }).folder).toBe("/digits");
    expect(read(["data"], { X_DATA_DIR: "/digits" }).folder).toBe(resolve("/home/someone/data"));
    expect(read([], { X_DATA_DIR: "" }).folder).toBeUndefined();
    expect(read(["--out", "here"]).out).toBe(resolve("/home/someone/here"));
  });

  it("reads every option", () => {
    const given = read(["--epochs", "3", "--seed=7", "--threads", "2", "--resume", "-h"]);
    expect(given).toMatchObject({ epochs: 3, seed: 7, threads: 2, resume: true, help: true });
  });

  it.each([
    [["--epochs", "0"], '--epochs: expected a whole number from 1 to 100000; got "0"'],
    [["--epochs", "1.5"], 'got "1.5"'],
    [["--seed=-1"], 'got "-1"'],
    [["--threads", "many"], 'got "many"'],
    [["a", "b"], "expected one folder; got 2: a, b"],
    [["--speed", "9"], "Unknown option '--speed'; --help lists the options"],
    [["--out"], "--help lists the options"],
  ])("refuses %j", (argv, text) => {
    expect(() => read(argv)).toThrow(UserError);
    expect(() => read(argv)).toThrow(text);
  });
});
