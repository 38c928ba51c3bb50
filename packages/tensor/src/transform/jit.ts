import { CpuExecutable } from "../cpu/executable";
import { ArgumentError, TraceError } from "../errors";
import type { Graph } from "../graph/graph";
import { traceGraph } from "../graph/graph-trace";
import { checkFunction, checkList } from "../internal/check-argument";
import { checkDevice, commonDevice, type Device, type Executable } from "../internal/device";
import { sharedRuntime } from "../internal/runtime";
import { constant } from "../primitives/constants";
import { isTensor, type Tensor } from "../tensor";
import { flatten, type Structure, type Tree, unflatten } from "../tree";
import { callCompiled } from "./call";

/** How a function is compiled. */
export interface JitOptions {
  /**
   * Positions of arguments whose memory may be reused for results. Their tensors cannot be used afterwards.
   */
  readonly donate?: readonly number[];
  /** Positions of arguments that are constants: the function is traced again for each value. */
  readonly static?: readonly number[];
  /** Name for error messages and plans; default the function's own. */
  readonly name?: string;
  /** Most compiled versions kept for different shapes; the least recently used one goes first. Default 64. */
  readonly cacheSize?: number;
  /** Where the function runs: a device made by `gpu()`; default where its arguments live. */
  readonly device?: Device | undefined;
}

/** One traced and compiled version of a function. */
interface Version {
  readonly graph: Graph;
  readonly structure: Structure;
  /** Leaves of the result that are not tensors. */
  readonly plain: readonly (readonly [number, unknown])[];
  executable: Executable | undefined;
}

interface Split {
  readonly key: string;
  readonly structure: Structure;
  /** All leaves, with `undefined` where a tensor goes. */
  readonly statics: readonly unknown[];
  readonly tensors: readonly Tensor[];
  /** For each tensor, the argument it came from. */
  readonly argument: readonly number[];
  readonly device: Device | undefined;
}

let objects = 0;
const identity = new WeakMap<object, number>();

/** Text that is equal only for values that may share a compiled version. */
function staticKey(x: unknown): string {
  if ((typeof x === "object" && x !== null) || typeof x === "function") {
    const known = identity.get(x);
    if (known !== undefined) return `#${known}`;
    identity.set(x, ++objects);
    return `#${objects}`;
  }
  return `${typeof x}:${String(x)}`;
}

// biome-ignore lint/suspicious/noExplicitAny: parameters of an arbitrary user function
type AnyFunction = (...args: any[]) => unknown;

/** Frees compiled versions when the jitted function itself is collected. */
const collected: FinalizationRegistry<Map<string, Version>> = new FinalizationRegistry((cache) => {
  for (const v of cache.values()) v.executable?.dispose();
});

class Jitted {
  readonly #f: AnyFunction;
  readonly #donate: ReadonlySet<number>;
  readonly #static: ReadonlySet<number>;
  readonly #cacheSize: number;
  readonly #device: Device | undefined;
  readonly name: string;
  readonly cache: Map<string, Version> = new Map();

  constructor(f: AnyFunction, options: JitOptions) {
    const { donate = [], static: fixed = [], name, cacheSize = 64 } = options;
    checkFunction("jit", f);
    if (!Number.isInteger(cacheSize) || cacheSize < 1) {
      throw new ArgumentError(`jit: expected cacheSize ≥ 1; got ${cacheSize}`, { cacheSize });
    }
    checkList("jit", "donate", donate);
    checkList("jit", "static", fixed);
    this.#f = f;
    this.#donate = new Set(donate);
    this.#static = new Set(fixed);
    this.#cacheSize = cacheSize;
    this.#device = options.device && checkDevice("jit", options.device);
    this.name = name ?? (f.name === "" ? "a jitted function" : f.name);
  }

  call(args: readonly unknown[]): unknown {
    // Inside another jit there is nothing to compile separately.
    if (sharedRuntime().tracing > 0) return this.#f(...args);
    const split = this.#split(args);
    const version = this.#version(split);
    // A function that closes over values of an enclosing transformation has no version of its own.
    if (version === undefined) return this.#f(...args);
    const traced = split.tensors.some((x) => x.tracer !== undefined);
    const outputs = traced
      ? callCompiled(this.name, version.graph, split.tensors)
      : this.#executable(version, split).run(split.tensors);
    return rebuild(version, outputs);
  }

  /** The compiled version for arguments, as text. */
  describe(args: readonly unknown[]): string {
    const split = this.#split(args);
    const version = this.#version(split);
    if (version === undefined) {
      throw new TraceError(
        `lower: ${this.name} uses values of an enclosing transformation; pass them as arguments`,
      );
    }
    return this.#executable(version, split).describe(this.name);
  }

  #executable(version: Version, split: Split): Executable {
    if (version.executable === undefined) {
      const { constants, equations } = version.graph;
      if (split.device === undefined)
        for (const v of equations.flatMap((e) => e.inputs))
          constants.get(v)?.concrete?.storage.remote?.refuse(this.name, true);
      const donated = split.argument.flatMap((a, i) => (this.#donate.has(a) ? [i] : []));
      version.executable =
        split.device?.compile(this.name, version.graph, new Set(donated)) ??
        new CpuExecutable(this.name, version.graph, new Set(donated));
    }
    return version.executable;
  }

  #split(args: readonly unknown[]): Split {
    const { leaves, structure } = flatten(
      args.map((a, i) => (this.#static.has(i) ? new Fixed(a) : a)) as Tree<unknown>,
    );
    const tensors: Tensor[] = [];
    const argument: number[] = [];
    const statics: unknown[] = [];
    let key = structure.key;
    let which = 0;
    let left = structure.children[0]?.leafCount ?? 0;
    for (const x of leaves) {
      while (left === 0) left = structure.children[++which]?.leafCount ?? 0;
      left--;
      if (isTensor(x) || typeof x === "number") {
        const t = isTensor(x) ? x : constant(x, [], "f32");
        tensors.push(t);
        argument.push(which);
        statics.push(undefined);
        key += `|${t.dtype}${t.shape.join()}`;
      } else {
        const value = x instanceof Fixed ? x.value : x;
        statics.push(value);
        key += `|${staticKey(value)}`;
      }
    }
    const device = this.#device ?? commonDevice(this.name, tensors);
    if (device !== undefined) key += `|${staticKey(device)}`;
    return { key, structure, statics, tensors, argument, device };
  }

  #version(split: Split): Version | undefined {
    const hit = this.cache.get(split.key);
    if (hit !== undefined) {
      // Last used goes last, so that the first is the one to drop.
      if (this.cache.size > 1) {
        this.cache.delete(split.key);
        this.cache.set(split.key, hit);
      }
      return hit;
    }
    const version = this.#trace(split);
    if ([...version.graph.constants.values()].some((x) => x.tracer !== undefined)) return undefined;
    this.cache.set(split.key, version);
    if (this.cache.size > this.#cacheSize) {
      const [oldest] = this.cache.keys();
      this.cache.get(oldest as string)?.executable?.dispose();
      this.cache.delete(oldest as string);
    }
    return version;
  }

  #trace({ structure, statics, tensors }: Split): Version {
    let out: { leaves: unknown[]; structure: Structure } | undefined;
    const plain: (readonly [number, unknown])[] = [];
    const graph = traceGraph((inputs) => {
      let at = 0;
      const leaves = statics.map((s) => (s === undefined ? inputs[at++] : s));
      const args = unflatten(structure, leaves) as unknown[];
      const result = this.#f(...args);
      if (result instanceof Promise) {
        throw new TraceError(
          `jit: expected a synchronous function; ${this.name} returns a Promise`,
        );
      }
      out = flatten(result as Tree<unknown>);
      return out.leaves.flatMap((y, i) => {
        if (isTensor(y)) return [y];
        plain.push([i, y]);
        return [];
      });
    }, tensors);
    const { structure: result } = out as { structure: Structure };
    return { graph, structure: result, plain, executable: undefined };
  }
}

/** Keeps a static argument from being taken apart. */
class Fixed {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

function rebuild({ structure, plain }: Version, outputs: readonly Tensor[]): unknown {
  if (structure.kind === "leaf" && plain.length === 0) return outputs[0];
  const leaves: unknown[] = [...outputs];
  for (const [i, y] of plain) leaves.splice(i, 0, y);
  return unflatten(structure, leaves as never[]);
}

const jittedOf = new WeakMap<object, Jitted>();

/**
 * A function that is traced once for each combination of shapes, dtypes and static values, compiled, and from
 * then on runs as one fused program with planned memory.
 *
 * Arguments and results are trees. Tensors and numbers are traced (declare a parameter that may be a number as
 * `Tensor | number`; name one in `static` that is a length or a bound of `for`); strings, booleans and other values are
 * static. Inside, values cannot be read: use `where`, `cond`, `scan` and `whileLoop` in place of branches on values.
 * What the function reads from outside is frozen at the first call.
 *
 * @param f - a pure, synchronous function
 * @param options.donate - arguments whose memory results may take over
 * @returns a function of the same type
 * @throws TraceError when f reads a traced value, leaks one, or is asynchronous
 * @example
 * const step = jit((w: Tensor, g: Tensor) => w.sub(g.mul(0.1)), { donate: [0] });
 */
export function jit<A extends unknown[], R>(
  f: (...args: A) => R,
  options: JitOptions = {},
): (...args: A) => R {
  const jitted = new Jitted(f as AnyFunction, options);
  const call = (...args: A): R => jitted.call(args) as R;
  collected.register(call, jitted.cache);
  jittedOf.set(call, jitted);
  return call;
}

/**
 * The plan by which a function would run: each step with its operands, floating-point operations and bytes.
 *
 * @param f - a function, jitted or not
 * @returns a function of the same arguments that returns the plan as text
 * @example
 * console.log(lower((x: Tensor) => x.exp().mul(2).add(1))(zeros([1000])));
 */
export function lower<A extends unknown[]>(
  f: (...args: A) => unknown,
  options: JitOptions = {},
): (...args: A) => string {
  const known = jittedOf.get(f);
  const jitted =
    known !== undefined && options.device === undefined
      ? known
      : new Jitted(f as AnyFunction, { ...(known && { name: known.name }), ...options });
  return (...args) => jitted.describe(args);
}
