import { readFileSync } from "node:fs";
import {
  arange,
  type DType,
  grad,
  isTensor,
  jit,
  jvp,
  type Tensor,
  tensor,
  tree,
  vmap,
} from "@x/tensor";
import { expect, test } from "vitest";
import { type Call, calls } from "./support/operation-calls";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

interface Row {
  readonly names: readonly string[];
  readonly dtypes: string;
  readonly forward: string;
  readonly reverse: string;
  readonly vmap: string;
  readonly jit: string;
}

/** The rows of the README's tables of operations. */
function rows(): Row[] {
  const [, section = ""] = read("../README.md").split("\n## Operations\n");
  const [tables = ""] = section.split("\n## ");
  return tables.split("\n").flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    if (cells.length !== 8 || !cells[1]?.startsWith("`")) return [];
    const [, operations = "", dtypes = "", forward = "", reverse = "", batch = "", compiled = ""] =
      cells;
    const names = [...operations.matchAll(/`(\w+)`/g)].map(([, name]) => name as string);
    return [{ names, dtypes, forward, reverse, vmap: batch, jit: compiled }];
  });
}

/** The functions that the package's entry takes over from src/ops. */
async function operations(): Promise<string[]> {
  const files = [...read("../src/index.ts").matchAll(/export \* from "\.\/ops\/([\w-]+)"/g)];
  const modules = await Promise.all(files.map(([, file]) => import(`../src/ops/${file}.ts`)));
  return modules.flatMap((module: object) => Object.keys(module));
}

const dtypes = ["f32", "f64", "i32", "u32", "u8", "bool"] as const;
const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f64";

/** What each word in the column of dtypes says about the result; undefined where the operands are refused. */
const results: Readonly<Record<string, (dtype: DType) => DType | undefined>> = {
  any: (d) => d,
  number: (d) => (d === "bool" ? "i32" : d),
  count: (d) => (d === "bool" || d === "u8" ? "i32" : d),
  float: (d) => (isFloat(d) ? d : "f32"),
  integer: (d) => (isFloat(d) ? undefined : d),
  "integer, bool as i32": (d) => (isFloat(d) ? undefined : d === "bool" ? "i32" : d),
  "integer → f32": (d) => (isFloat(d) ? undefined : "f32"),
  "any → bool": () => "bool",
  "any → i32": () => "i32",
  "any → the one asked for": () => "f64",
};

const tensors = (y: unknown): Tensor[] => tree.leaves(y).filter(isTensor) as Tensor[];
const inputs = ({ inputs }: Call, dtype: DType): Tensor[] =>
  inputs.map((x) => tensor(x, { dtype }));

/** 1, 2, 3 … in the shape of a tensor: a direction, or weights, that nothing cancels. */
const ramp = (x: Tensor): Tensor => arange(1, x.size + 1, 1, { dtype: "f64" }).reshape(x.shape);

/** A number to differentiate: the weighted sum of all that the operation returns. */
const total =
  ({ run }: Call) =>
  (...xs: Tensor[]): Tensor =>
    tensors(run(...xs)).reduce(
      (sum, y) => sum.add(y.cast("f64").mul(ramp(y)).sum()),
      tensor(0, { dtype: "f64" }),
    );

const derivatives = {
  forward: (call: Call): Tensor[] => {
    const at = inputs(call, "f64");
    return [
      jvp(
        total(call),
        at,
        at.map((x, i) => ramp(x).mul(i + 1)),
      )[1],
    ];
  },
  reverse: (call: Call): Tensor[] => {
    const at = inputs(call, "f64");
    return [grad(total(call))(...at)] as Tensor[];
  },
};

const marks = {
  vmap: (call: Call): unknown => {
    const [first, ...rest] = inputs(call, "i32");
    const batch = tensor([first as Tensor, first as Tensor]);
    return vmap(call.run, { inAxes: [0, ...rest.map(() => null)] })(batch, ...rest);
  },
  jit: (call: Call): unknown => jit(call.run)(...inputs(call, "i32")),
};

const table = rows();

test.each(["index", "io", "linalg", "random", "testing", "tree"])(
  "every function of %s is named",
  async (entry) => {
    const text = read("../README.md");
    const exported = Object.entries(await import(`../src/${entry}.ts`));
    const functions = exported.flatMap(([name, value]) =>
      typeof value === "function" ? [name] : [],
    );
    expect(functions.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  },
);

test("every operation stands in one row, and every name in a row is an operation", async () => {
  const named = table.flatMap(({ names }) => names);
  const exported = (await operations()).filter((name) => name !== "range");
  expect(named.toSorted()).toEqual(exported.toSorted());
});

test.each(table.flatMap((row) => row.names.map((name) => ({ name, ...row }))))(
  "$name does what its row says",
  (row) => {
    const call = calls[row.name] as Call;
    expect(call, `a call of ${row.name}`).toBeDefined();
    for (const dtype of dtypes) {
      const expected = results[row.dtypes]?.(dtype);
      const result = (): unknown => tensors(call.run(...inputs(call, dtype)))[0]?.dtype;
      if (expected === undefined) expect(result).toThrow(/expected integer/);
      else expect(result(), `${row.name} of ${dtype}`).toBe(expected);
    }
    for (const mode of ["forward", "reverse"] as const) {
      if (row[mode] === "–") continue;
      const moves = derivatives[mode](call).some((g) => g.dataSync().some((v) => v !== 0));
      expect(moves ? "✓" : "0", `${mode} mode through ${row.name}`).toBe(row[mode]);
    }
    for (const transformation of ["vmap", "jit"] as const) {
      const apply = (): unknown => marks[transformation](call);
      if (row[transformation] === "✓") apply();
      else expect(apply).toThrow("depends on values");
    }
  },
);
