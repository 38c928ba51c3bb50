import type { DType } from "../../dtype";
import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { Task } from "./lowering";

/** Longest row that is sorted on a device: places within a row are held in floats. */
export const LONGEST_ROW: number = 2 ** 24;

/** Text that is 1 where the element x comes strictly before y in ascending order, NaN last, and 0 elsewhere. */
export function precedes(k: KernelBuilder, dtype: DType, x: string, y: string): string {
  if (dtype === "i32") return k.call("lessSigned", x, y);
  if (dtype === "u32") return k.call("lessUnsigned", x, y);
  if (dtype !== "f32") return `(${x} < ${y} ? 1 : 0)`;
  const f = k.define(
    [
      ["x", "Number"],
      ["y", "Number"],
    ],
    "Number",
    "if (x === x) {\n  if (y === y) {\n    if (x < y) { return 1; }\n    return 0;\n  }\n  return 1;\n}\nreturn 0;",
  );
  return `${f}(${x}, ${y})`;
}

/** Sorted runs of a row, one after the other; all but the last are full. */
interface Runs {
  /** Elements of a full run. */
  readonly length: number;
  /** Elements of the operand's row from which each was made; more than `length` where only the first are kept. */
  readonly span: number;
  readonly count: number;
  /** Elements of the row that remain. */
  readonly width: number;
}

/** Merges pairs of neighbouring runs, keeping at most so many elements of each. */
function merged({ length, span, count }: Runs, n: number, keep: number): Runs {
  const next = {
    length: Math.min(2 * length, keep),
    span: 2 * span,
    count: Math.ceil(count / 2),
  };
  const last = Math.min(next.length, n - (next.count - 1) * next.span);
  return { ...next, width: (next.count - 1) * next.length + last };
}

/** What is sorted, and how. */
export interface MergeOptions {
  /** First elements of each sorted row that are wanted, at least 1. */
  readonly keep: number;
  readonly descending: boolean;
  /** Whether runs hold elements, or their places in the row (as floats). */
  readonly holds: "elements" | "places";
}

/** Two runs that are merged, as texts. */
interface Merge {
  /** Place of this thread's element in the merged run. */
  readonly rank: string;
  readonly lengths: readonly [string, string];
  /** Most elements of a run. */
  readonly longest: number;
  /** Where in the row an element of the left (0) or right (1) run lies. */
  place(side: 0 | 1, i: string): string;
  /** 1 if the element at the second place comes strictly before that at the first, 0 if not. */
  isRightFirst(left: string, right: string): string;
}

/** Text of the place in the row from which the element of a rank comes. */
function mergePath(
  k: KernelBuilder,
  { rank, lengths: [a, b], longest, place, isRightFirst }: Merge,
): string {
  const [low, high, right, j] = ["s", "s", "s", "j"].map((p) => k.name(p)) as [
    string,
    string,
    string,
    string,
  ];
  // How many of the elements before this one come from the left run.
  k.line(`let ${low} = Math.max(${rank} - ${b}, 0);`);
  k.line(`let ${high} = Math.min(${rank}, ${a});`);
  k.line(`for (let ${j} = 0; ${j} < ${Math.ceil(Math.log2(longest + 1))}; ${j}++) {`);
  k.line(`if (${low} < ${high}) {`);
  const middle = k.let(`Math.floor((${low} + ${high}) * 0.5)`);
  const other = k.let(`${rank} - 1 - ${middle}`);
  k.line(`if (${isRightFirst(place(0, middle), place(1, other))} > 0.5) { ${high} = ${middle}; }`);
  k.line(`else { ${low} = ${middle} + 1; }\n}\n}`);

  const rest = k.let(`${rank} - ${low}`);
  k.line(`let ${right} = 0;`);
  k.line(`if (${low} < ${a}) {\nif (${rest} < ${b}) {`);
  k.line(`if (${isRightFirst(place(0, low), place(1, rest))} > 0.5) { ${right} = 1; }`);
  k.line(`}\n} else { ${right} = 1; }`);
  const [fromLeft, fromRight] = [place(0, low), place(1, rest)];
  return k.let(`(${right} > 0.5 ? ${fromRight} : ${fromLeft})`);
}

/**
 * Stable merge sort of the last axis: each pass merges pairs of runs, and each thread finds its element by a
 * binary search for how many of those before it come from the left run (the merge path of Odeh et al. 2012).
 *
 * @param finish - ends the last pass: what it writes is made of the text of the element or place
 * @returns kernels; none if a row is sorted as it is
 */
export function mergeSort(
  task: Pick<Task, "target" | "temporary">,
  x: GpuView,
  { keep, descending, holds }: MergeOptions,
  result: Pick<GpuResult, "slot" | "dtype">,
  finish: (k: KernelBuilder, value: string) => string,
): Launch[] {
  const n = x.shape.at(-1) as number;
  const rows = sizeOf(x.shape.slice(0, -1));
  const launches: Launch[] = [];
  const axes = x.shape.map((_, i) => i);
  const type = holds === "elements" ? x.dtype : "f32";
  let runs: Runs = { length: 1, span: 1, count: n, width: n };
  let slot: number | undefined;
  while (runs.count > 1) {
    const { length, span } = runs;
    const next = merged(runs, n, keep);
    const isLast = next.count === 1;
    const k = new KernelBuilder(task.target, isLast ? result.dtype : type);
    const size = rows * next.width;
    const rowText = k.axisIndex(k.x, next.width, rows, size);
    const row = rows <= LONGEST_ROW ? k.let(rowText) : rowText;
    const at = k.let(k.axisIndex(k.x, 1, next.width, size));
    const pair = k.let(k.axisIndex(at, next.length, next.count, next.width));
    const rank = k.let(`${at} - ${pair} * ${next.length}`);

    const operand = k.reader(x, [axes.slice(0, -1), axes.slice(-1)]);
    const held: GpuView | undefined =
      slot === undefined
        ? undefined
        : {
            slot,
            dtype: type,
            shape: [rows, runs.width],
            offset: 0,
            strides: [runs.width, 1],
          };
    const stored = held && k.reader(held, [[0], [1]]);
    const valueAt = (place: string): string => {
      if (stored !== undefined) return k.let(stored(row, place));
      return holds === "places" ? place : k.let(operand(row, place));
    };
    const keyAt = (place: string): string => {
      const value = valueAt(place);
      return holds === "places" ? k.let(operand(row, value)) : value;
    };
    const integers = [
      ["q", "Integer"],
      ["i", "Integer"],
    ] as const;
    const place = (side: 0 | 1, i: string): string => {
      const f = k.define(integers, "Integer", `return q * ${2 * length} + ${side * length} + i;`);
      return k.let(`${f}(${pair}, ${i})`);
    };
    const lengthOf = (side: 0 | 1): string => {
      const left = `${n} - (q * 2 + ${side}) * ${span}`;
      const f = k.define(
        [["q", "Integer"]],
        "Integer",
        `if (${left} < 0) { return 0; }\nif (${left} > ${length}) { return ${length}; }\nreturn ${left};`,
      );
      return k.let(`${f}(${pair})`);
    };
    const from = mergePath(k, {
      rank,
      lengths: [lengthOf(0), lengthOf(1)],
      longest: length,
      place,
      isRightFirst: (left, right) => {
        const [a, b] = [keyAt(left), keyAt(right)];
        return descending ? precedes(k, x.dtype, a, b) : precedes(k, x.dtype, b, a);
      },
    });
    const value = valueAt(from);
    const to = isLast ? result.slot : task.temporary(type, size);
    launches.push(k.finish(to, [size], isLast ? finish(k, value) : value));
    slot = to;
    runs = next;
  }
  return launches;
}
