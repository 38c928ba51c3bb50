import { contiguousStrides, sizeOf } from "../../shape";
import { whole } from "../source/index-text";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { GpuView } from "../source/view";

/** Where an axis of the source is read: (Σ factor · digit + constant) / divisor; zero where that is none of its places. */
export interface SpreadAxis {
  readonly factors: readonly { readonly digit: number; readonly factor: number }[];
  readonly constant: number;
  readonly divisor: number;
}

/** A copy of a view of floats into new contiguous memory, with zeros around and between its elements. */
export interface Spread {
  readonly source: GpuView;
  /** Shape of the copy. */
  readonly lengths: readonly number[];
  /** For each axis of the source. */
  readonly axes: readonly SpreadAxis[];
}

/** The kernel of a {@link Spread} of at least one element. */
export function spreadLaunch(
  { source, lengths, axes }: Spread,
  target: Target,
  slot: number,
): Launch {
  const k = new KernelBuilder(target, "f32");
  const size = sizeOf(lengths);
  const inside = contiguousStrides(lengths);
  const digit = (i: number): string =>
    k.axisIndex(k.x, inside[i] as number, lengths[i] as number, size);
  const read = k.reader(
    source,
    source.shape.map((_, i) => [i]),
  );
  const masks: string[] = [];
  const places = axes.map(({ factors, constant, divisor }, i) => {
    const [only] = factors;
    const copied = factors.length === 1 && only?.factor === 1 && constant === 0 && divisor === 1;
    if (copied && lengths[only.digit] === source.shape[i]) return digit(only.digit);
    const terms = factors.map(({ factor }, j) =>
      factor === 1 ? `i${j}` : `i${j} * ${whole(factor)}`,
    );
    const linear = k.define(
      [...factors.map((_, j) => [`i${j}`, "Integer"] as const), ["c", "Integer"]],
      "Integer",
      `return ${[...terms, "c"].join(" + ")};`,
    );
    const last = ((source.shape[i] as number) - 1) * divisor;
    const quotient = k.axisIndex("i", divisor, last + 1, last + 1);
    // Outside, the nearest element is read, and not taken.
    const clamped = k.define(
      [["i", "Integer"]],
      "Integer",
      `if (i < 0) { return 0; }\nif (i > ${last}) { return ${last / divisor}; }\nreturn ${quotient};`,
    );
    const place = `${linear}(${[...factors.map((f) => digit(f.digit)), whole(constant)].join(", ")})`;
    const exact = k.define(
      [
        ["i", "Integer"],
        ["q", "Integer"],
      ],
      "Number",
      `if (i < 0) { return 0; }\nif (i > ${last}) { return 0; }\nif (i - q * ${divisor} > 0) { return 0; }\nreturn 1;`,
    );
    masks.push(k.let(`${exact}(${place}, ${clamped}(${place}))`));
    return `${clamped}(${place})`;
  });
  const value = k.let(read(...places));
  return k.finish(
    slot,
    [size],
    masks.length === 0 ? value : k.choose("f32", k.let(masks.join(" * ")), value, "0"),
  );
}
