import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors";
import { flattenNames, unflattenNames } from "../../src/io";

describe("flattenNames", () => {
  const tree = {
    layers: [
      { w: 1, b: 2 },
      { w: 3, b: 4 },
    ],
    scale: 5,
  };

  it("names every leaf by its path, and unflattenNames puts them back", () => {
    const named = flattenNames(tree);
    expect(Object.entries(named)).toEqual([
      ["layers.0.b", 2],
      ["layers.0.w", 1],
      ["layers.1.b", 4],
      ["layers.1.w", 3],
      ["scale", 5],
    ]);
    expect(unflattenNames(named, tree)).toEqual(tree);
    expect(unflattenNames({}, [])).toEqual([]);
  });

  it("refuses two leaves of one name", () => {
    expect(() => flattenNames({ "a.b": 1, a: { b: 2 } })).toThrow(
      'flattenNames: expected each name once; got "a.b" twice; use keys without dots',
    );
  });

  it("unflattenNames refuses names that are missing or too many, and says which", () => {
    const wrong = { "layers.0.b": 2, __proto__x: 1 };
    expect(() => unflattenNames(wrong, { layers: [{ b: 0, w: 0 }] })).toThrow(ArgumentError);
    expect(() => unflattenNames(wrong, { layers: [{ b: 0, w: 0 }] })).toThrow(
      'unflattenNames: expected the 2 names of the tree; missing: "layers.0.w"; surplus: "__proto__x"',
    );
    expect(() => unflattenNames({}, { toString: 1 })).toThrow(/missing: "toString"/);
  });
});
