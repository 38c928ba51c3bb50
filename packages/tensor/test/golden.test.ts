import { describe, expect, it } from "vitest";
import * as x from "../src/index";
import { assertClose } from "../src/testing";
import binary from "./golden/binary.json";
import elementwise from "./golden/elementwise.json";
import places from "./golden/places.json";
import products from "./golden/products.json";
import reductions from "./golden/reductions.json";
import sorting from "./golden/sorting.json";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Case {
  readonly f: string;
  readonly args: Json[];
  readonly out: Json;
}

/** A tensor, range or plain value from its JSON form. */
function decode(value: Json): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value === "string") return value.endsWith("Infinity") ? Number(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if ("t" in value) {
    const data = (value["d"] as (number | string)[]).map(Number);
    const options = { shape: value["s"] as number[], dtype: value["t"] as x.DType };
    return x.tensor(data, options);
  }
  if ("range" in value) {
    const [start, stop, step] = value["range"] as (number | null)[];
    return x.range(start ?? undefined, stop ?? undefined, step ?? 1);
  }
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decode(v)]));
}

const functions = x as unknown as Record<string, (...args: unknown[]) => unknown>;

const dtypesOf = (tree: unknown): unknown => {
  if (x.isTensor(tree)) return tree.dtype;
  return Object.fromEntries(Object.entries(tree as object).map(([k, v]) => [k, dtypesOf(v)]));
};

/** Rounding of a handful of operations; NumPy's own functions are accurate to one or two units. */
const tolerance = (tree: unknown): { relative: number; absolute: number } =>
  JSON.stringify(dtypesOf(tree)).includes("f64")
    ? { relative: 4e-15, absolute: 1e-15 }
    : { relative: 1e-6, absolute: 1e-7 };

const describeArgument = (value: Json): string => {
  if (typeof value === "object" && value !== null && "t" in value) {
    return `${String((value as { t: Json }).t)}[${String((value as { s: Json }).s)}]`;
  }
  return JSON.stringify(value);
};

const files = { elementwise, binary, reductions, sorting, products, places };
for (const [file, { cases }] of Object.entries(files)) {
  describe(`${file} as NumPy`, () => {
    const all = cases as Case[];
    for (const name of new Set(all.map(({ f }) => f))) {
      it(`${name} gives NumPy's values, shapes and dtypes`, () => {
        for (const { args, out } of all.filter(({ f }) => f === name)) {
          const expected = decode(out);
          const call = `${name}(${args.map(describeArgument).join(", ")})`;
          const actual = functions[name]?.(...args.map(decode));
          expect(dtypesOf(actual), call).toEqual(dtypesOf(expected));
          try {
            assertClose(actual, expected, tolerance(expected));
          } catch (error) {
            throw new Error(`${call}: ${(error as Error).message}`);
          }
        }
      });
    }
  });
}
