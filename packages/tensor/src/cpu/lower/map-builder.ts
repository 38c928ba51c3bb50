import type { DType } from "../../dtype";
import { immediate } from "./map-opcodes";

/** What a register of the kernel stands for. */
export interface Register {
  /**
   * `once`: a value that is the same for the whole domain, in 64 bytes of its own;
   * `spread`: such a value repeated over a block; `each`: a block computed for every block of the domain;
   * `input`, `output`: a block of a view, in place where that can be.
   */
  kind: "once" | "spread" | "each" | "input" | "output";
  /** Bytes of an element if they are not those of a lane: a view that is converted. */
  readonly elementBytes?: number;
}

/** One kernel operation; registers by number, or plain numbers for `b` and `c` of immediate operations. */
export interface Step {
  op: number;
  d: number;
  args: readonly number[];
}

/** Collects the kernel operations of a program, those that can run once apart from those of each block. */
export interface MapBuilder {
  readonly width: 4 | 8;
  readonly registers: readonly Register[];
  readonly once: readonly Step[];
  readonly each: readonly Step[];
  register(register: Register): number;
  /** Applies an operation and returns the register of its result. */
  emit(op: number, ...args: readonly number[]): number;
  /** Appends an operation of each block with a given destination. */
  append(op: number, d: number, ...args: readonly number[]): void;
  /** Takes operations of each block out again. */
  remove(steps: ReadonlySet<Step>): void;
  /** A register that holds one number in every lane. */
  constant(dtype: DType, value: number): number;
  /** A register that holds the element of `bytes` bytes at an address, in every lane. */
  scalar(bytes: 1 | 4 | 8, address: number): number;
  /** The register itself, or its value repeated over a block. */
  block(register: number): number;
}

const bits = new DataView(new ArrayBuffer(8));

/** The low and the high word of 8 bytes of lanes that hold `value`. */
export function laneBits(width: 4 | 8, dtype: DType, value: number): [low: number, high: number] {
  if (dtype === "bool") return value ? [-1, -1] : [0, 0];
  if (width === 8) {
    bits.setFloat64(0, value, true);
    return [bits.getInt32(0, true), bits.getInt32(4, true)];
  }
  if (dtype === "f32" || dtype === "f64") bits.setFloat32(0, value, true);
  else bits.setUint32(0, value, true);
  return [bits.getInt32(0, true), bits.getInt32(0, true)];
}

/** A builder for lanes of `width` bytes. */
export function mapBuilder(width: 4 | 8): MapBuilder {
  const registers: Register[] = [];
  const once: Step[] = [];
  let each: Step[] = [];
  const spread = new Map<number, number>();
  const register = (r: Register): number => registers.push(r) - 1;
  const isOnce = (r: number): boolean => registers[r]?.kind === "once";
  const block = (r: number): number => {
    if (!isOnce(r)) return r;
    let copy = spread.get(r);
    if (copy === undefined) {
      copy = register({ kind: "spread" });
      spread.set(r, copy);
      once.push({ op: immediate.spread, d: copy, args: [r] });
    }
    return copy;
  };
  const set = (op: number, b: number, c: number): number => {
    const d = register({ kind: "once" });
    once.push({ op, d, args: [0, b, c] });
    return d;
  };
  const append = (op: number, d: number, ...args: readonly number[]): void => {
    each.push({ op, d, args: args.map(block) });
  };
  return {
    width,
    registers,
    once,
    get each() {
      return each;
    },
    register,
    append,
    remove(steps) {
      each = each.filter((step) => !steps.has(step));
    },
    block,
    emit(op, ...args) {
      if (args.every(isOnce)) {
        const d = register({ kind: "once" });
        once.push({ op, d, args });
        return d;
      }
      const d = register({ kind: "each" });
      append(op, d, ...args);
      return d;
    },
    constant: (dtype, value) => set(immediate.constant, ...laneBits(width, dtype, value)),
    scalar: (bytes, address) =>
      set(
        bytes === 1 ? immediate.load1 : bytes === 4 ? immediate.load4 : immediate.load8,
        address,
        0,
      ),
  };
}
