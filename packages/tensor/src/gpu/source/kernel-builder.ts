import type { DType } from "../../dtype";
import { placeText, quotientText, whole } from "./index-text";
import type { HelperFunction, KernelSpec, SourceType } from "./kernel-spec";
import { library } from "./library";
import type { Target } from "./target";
import { type GpuView, planesOf } from "./view";

/** A kernel with the buffers that it reads and the one that it writes, by slot of its step. */
export interface Launch {
  readonly kernel: KernelSpec;
  readonly inputs: readonly number[];
  readonly output: number;
}

/**
 * Writes the source of one kernel.
 *
 * The text is JavaScript as gpu.js understands it. Two rules keep its types apart: every computed value gets a
 * constant of its own ({@link KernelBuilder.let}), which is always a float or a vector of floats; whole numbers
 * above 2^24 exist only as arguments of helper functions whose parameters are declared `Integer`.
 */
export class KernelBuilder {
  readonly target: Target;
  readonly #lines: string[] = [];
  readonly #slots: number[] = [];
  readonly #functions = new Map<string, HelperFunction>();
  readonly #places = new Map<string, string>();
  #names = 0;
  #specials = false;
  readonly #halved: boolean;
  readonly #result: DType;
  readonly #components: 1 | 4;

  /**
   * @param result - dtype of the kernel's result
   * @param components - values that each thread returns, for kernels that return vectors themselves
   */
  constructor(target: Target, result: DType, components: 1 | 4 = 1) {
    this.target = target;
    this.#result = result;
    this.#components = components;
    // Where kernels cannot return vectors, two threads share an element of two planes.
    this.#halved = planesOf(result) === 2 && !target.vectors;
    if (this.#halved) this.use("halfOf");
  }

  /** The index of this thread's element along x; an integer expression. */
  get x(): string {
    return this.#halved ? "halfOf(this.thread.x)" : "this.thread.x";
  }

  /** Adds a helper function, with those that it calls, and returns its name. */
  use(name: string): string {
    for (const f of library(name)) this.#functions.set(f.name, f);
    return name;
  }

  /** A call of a helper function of the library. */
  call(name: string, ...args: readonly string[]): string {
    return `${this.use(name)}(${args.join(", ")})`;
  }

  /** Defines a helper function of this kernel's own; equal ones are shared. Returns its name. */
  define(
    parameters: readonly (readonly [name: string, type: SourceType])[],
    returns: SourceType,
    body: string,
  ): string {
    const key = JSON.stringify([parameters, returns, body]);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const name = `f${this.#names++}`;
    this.#functions.set(name, { name, parameters, returns, body });
    this.#places.set(key, name);
    return name;
  }

  /** Appends a statement. */
  line(text: string): void {
    this.#lines.push(text);
  }

  /** Appends a constant that holds an expression, and returns its name. */
  let(expression: string): string {
    const name = `r${this.#names++}`;
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  /** A fresh name for a variable or loop counter. */
  name(prefix = "v"): string {
    return `${prefix}${this.#names++}`;
  }

  /** A number of dtype f32, u8 or bool as an expression; infinities and NaN come as arguments of the kernel. */
  number(value: number): string {
    const v = Math.fround(value);
    if (Number.isFinite(v)) return v < 0 || Object.is(v, -0) ? `(-${Math.abs(v)})` : `${v}`;
    this.#specials = true;
    return Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "(-inf)";
  }

  /** A constant of any dtype as an expression. */
  constant(value: number, dtype: DType): string {
    if (planesOf(dtype) === 1) return this.number(value);
    const bits = value >>> 0;
    return this.let(`[${bits & 0xffff}, ${bits >>> 16}]`);
  }

  /**
   * The index along one axis, of a flat index in C order; an integer expression.
   *
   * @param inside - product of the lengths of the axes inside of it
   * @param length - the axis's own length
   * @param size - number of flat indices
   */
  axisIndex(index: string, inside: number, length: number, size: number): string {
    if (length <= 1) return "0";
    const outer = this.#quotient(index, inside, size);
    if (inside * length >= size) return outer;
    const rest = this.define(
      [
        ["i", "Integer"],
        ["q", "Integer"],
      ],
      "Integer",
      `return i - q * ${length};`,
    );
    const text = quotientText("i", length, size);
    for (const f of text.functions) this.#functions.set(f.name, f);
    const divide = this.define([["i", "Integer"]], "Integer", `return ${text.text};`);
    return `${rest}(${outer}, ${divide}(${outer}))`;
  }

  #quotient(index: string, divisor: number, size: number): string {
    const { text, functions } = quotientText(index, divisor, size);
    for (const f of functions) this.#functions.set(f.name, f);
    return text;
  }

  /** One of two elements of a dtype by a mask of 0 and 1; an expression. */
  choose(dtype: DType, mask: string, yes: string, no: string): string {
    if (planesOf(dtype) === 2) return this.call("choosePair", mask, yes, no);
    return `(${mask} > 0.5 ? ${yes} : ${no})`;
  }

  /** Name of the argument for a buffer; a buffer is bound once however many views read it. */
  #argument(slot: number): string {
    const at = this.#slots.indexOf(slot);
    return `a${at >= 0 ? at : this.#slots.push(slot) - 1}`;
  }

  /**
   * How to read a view: a function from indices to an expression of the element.
   *
   * @param groups - axes of the view, grouped: each group has one flat index in C order; default all axes in one
   * @returns takes one integer expression for each group
   */
  reader(view: GpuView, groups?: readonly (readonly number[])[]): (...indices: string[]) => string {
    const all = groups ?? [view.shape.map((_, i) => i)];
    const planes = planesOf(view.dtype);
    const buffer = this.#argument(view.slot);
    const names = all.map((_, g) => `i${g}`);
    const terms: string[] = [];
    all.forEach((axes, g) => {
      const place = placeText(names[g] as string, {
        lengths: axes.map((a) => view.shape[a] as number),
        steps: axes.map((a) => (view.strides[a] as number) * planes),
      });
      for (const f of place.functions) this.#functions.set(f.name, f);
      terms.push(...place.terms);
    });
    const offset = view.offset * planes;
    if (offset !== 0 || terms.length === 0) terms.push(whole(offset));
    const sum = terms.join(" + ");
    const plain = terms.length === 1 && names.includes(sum);
    // An index that nothing happens to needs no function.
    const place = plain
      ? (...indices: string[]): string => indices[names.indexOf(sum)] as string
      : this.#place(names, sum);
    return (...indices) => {
      const at = place(...indices);
      if (planes === 1) return `${buffer}[${at}]`;
      return `[${buffer}[${at}], ${buffer}[${at} + 1]]`;
    };
  }

  #place(names: readonly string[], sum: string): (...indices: string[]) => string {
    const used = names.filter((n) => new RegExp(`\\b${n}\\b`).test(sum));
    // A parameter that no place depends on (a scalar) is left out; one has to stay.
    const kept = used.length === 0 ? names.slice(0, 1) : used;
    const name = this.define(
      kept.map((n) => [n, "Integer"] as const),
      "Integer",
      `return ${sum};`,
    );
    return (...indices) =>
      `${name}(${kept.map((n) => indices[names.indexOf(n)] as string).join(", ")})`;
  }

  /**
   * Ends the kernel.
   *
   * @param output - slot that it writes
   * @param threads - elements along x, and, for kernels that use `this.thread.y` and `.z`, along these
   * @param value - expression of the element; of `components` 4, an Array(4)
   */
  finish(output: number, threads: readonly number[], value: string): Launch {
    const planes = planesOf(this.#result);
    const [x = 1, ...rest] = threads;
    let components: 1 | 2 | 4 = this.#components;
    let width = x;
    let text = value;
    if (planes === 2 && this.#halved) {
      text = this.call("pickHalf", "this.thread.x", this.let(value));
      width = 2 * x;
    } else if (planes === 2) components = 2;
    const body = [...this.#lines, `return ${text};`].join("\n");
    return {
      kernel: {
        body,
        functions: [...this.#functions.values()],
        buffers: this.#slots.length,
        specials: this.#specials,
        output: [width, ...rest],
        components,
      },
      inputs: this.#slots,
      output,
    };
  }
}
