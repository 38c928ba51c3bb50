import { wrap } from "../creation";
import { bytesOf } from "../dtype";
import { formatPlan } from "../graph/format-plan";
import type { Graph, Var } from "../graph/graph";
import { simplify } from "../graph/simplify";
import type { Executable } from "../internal/device";
import { readConcrete, storageArray } from "../internal/read";
import type { ResidentBlock, Storage } from "../internal/storage";
import { isContiguous, sizeOf } from "../shape";
import type { Concrete, Tensor } from "../tensor";
import { aligned, withArena } from "./arena";
import { CpuProgram, type LinkedProgram } from "./program";
import {
  blockForResult,
  blockForState,
  freeBlock,
  residentPointer,
  residentTensor,
} from "./resident";
import { cpuRuntime } from "./runtime";
import { download, put } from "./transfer";

/** Linked versions of a program that are kept. */
const LINKS = 4;

interface Link {
  readonly program: LinkedProgram;
  readonly addresses: readonly number[];
}

const bytesFor = (v: Var): number => Math.max(8, sizeOf(v.shape) * bytesOf(v.dtype));

/** What an output of the function is, when nothing needs to be computed for it: an input or a constant. */
type Passed = number | Tensor;

/**
 * A compiled function on the CPU: copies ordinary arguments in, runs the linked program, copies results out.
 *
 * A donated argument's memory becomes that of a result of the same shape and dtype. Unless they are small, such
 * results stay on the heap, so a training loop that donates its state does not copy it.
 */
export class CpuExecutable implements Executable {
  readonly program: CpuProgram;
  readonly #name: string;
  readonly #inputs: readonly Var[];
  readonly #passed: readonly (Passed | undefined)[];
  /** Outputs that the program computes. */
  readonly #outputs: readonly Var[];
  /** Position of the donated input whose memory an output takes over. */
  readonly #aliases: ReadonlyMap<number, number>;
  readonly #overwritten: ReadonlySet<number>;
  readonly #donated: ReadonlySet<number>;
  /** Latest first. Large results come and go between a few addresses. */
  readonly #linked: Link[] = [];

  constructor(name: string, source: Graph, donated: ReadonlySet<number>) {
    const graph = simplify(source);
    this.#name = name;
    this.#inputs = graph.inputs;
    this.#donated = donated;
    this.#passed = graph.outputs.map((v): Passed | undefined => {
      const input = graph.inputs.indexOf(v);
      return input >= 0 && !donated.has(input) ? input : graph.constants.get(v);
    });
    this.#outputs = graph.outputs.filter((_, i) => this.#passed[i] === undefined);
    this.#aliases = matchDonations(this.#inputs, this.#outputs, donated);
    this.#overwritten = new Set(this.#aliases.values());
    this.program = new CpuProgram({ ...graph, outputs: this.#outputs }, this.#aliases);
  }

  /** Runs the function on concrete tensors of the compiled shapes and dtypes. */
  run(inputs: readonly Tensor[]): Tensor[] {
    const { heap } = cpuRuntime();
    const state = this.#blocksForState(inputs);
    let bytes = aligned(this.program.frameBytes);
    const place = (v: Var): number => {
      const at = bytes;
      bytes += aligned(bytesFor(v));
      return at;
    };
    const resident = inputs.map((x, i) =>
      this.#overwritten.has(i) ? state.get(i)?.pointer : this.#residentInput(x),
    );
    const inputPlaces = this.#inputs.map((v, i) => (resident[i] === undefined ? place(v) : 0));
    const blocks = this.#outputs.map((v, o) => {
      const input = this.#aliases.get(o);
      return input === undefined ? blockForResult(v) : state.get(input);
    });
    const outputPlaces = this.#outputs.map((v, o) =>
      this.#aliases.has(o) || blocks[o] !== undefined ? 0 : place(v),
    );
    return withArena(bytes, (base, generation) => {
      const addresses = inputPlaces.map((at, i) => resident[i] ?? base + at);
      const results = outputPlaces.map(
        (at, o) => blocks[o]?.pointer ?? addresses[this.#aliases.get(o) as number] ?? base + at,
      );
      try {
        inputs.forEach((x, i) => {
          const { storage } = x.concrete as Concrete;
          if (storage.block?.pointer !== addresses[i]) this.#copyIn(x, addresses[i] as number);
        });
        this.#link(base, addresses, results, generation).run();
      } catch (error) {
        const held = inputs.map((x) => x.concrete?.storage.block);
        for (const block of blocks)
          if (block !== undefined && !held.includes(block)) freeBlock(block);
        throw error;
      }
      const kept = new Set<unknown>(blocks);
      // What is returned as it came to another argument, or as a constant, lives on, too.
      const passed = this.#passed.map((p) => {
        const x = typeof p === "number" ? inputs[p] : p;
        kept.add(x?.concrete?.storage);
        return x;
      });
      for (const i of this.#donated) {
        const { storage } = (inputs[i] as Tensor).concrete as Concrete;
        if (kept.has(storage)) continue;
        if (storage.block !== undefined && !kept.has(storage.block)) freeBlock(storage.block);
        storage.donatedTo = this.#name;
        storage.array = undefined;
        storage.block = undefined;
      }
      let next = 0;
      return passed.map((x) => {
        if (x !== undefined) return x;
        const o = next++;
        const v = this.#outputs[o] as Var;
        const block = blocks[o];
        return block === undefined
          ? wrap(download(heap, v, results[o] as number), v.shape, v.dtype)
          : residentTensor(v, block);
      });
    });
  }

  /** Memory that stays on the heap from a donated input to a result: the input's own block, or a new one. */
  #blocksForState(inputs: readonly Tensor[]): Map<number, ResidentBlock> {
    const state = new Map<number, ResidentBlock>();
    const readers = new Map<Storage | undefined, number>();
    if (this.#overwritten.size > 0) {
      for (const x of [...inputs, ...this.#passed]) {
        const storage = (x as Tensor | undefined)?.concrete?.storage;
        readers.set(storage, (readers.get(storage) ?? 0) + 1);
      }
    }
    for (const i of this.#overwritten) {
      const x = inputs[i] as Tensor;
      const { storage } = x.concrete as Concrete;
      // Memory that another operand reads, too, must not be written over.
      const own = readers.get(storage) === 1 && this.#isWhole(x) ? storage.block : undefined;
      const block = own ?? blockForState(x);
      if (block !== undefined) state.set(i, block);
    }
    return state;
  }

  #isWhole(x: Tensor): boolean {
    const { offset, strides, storage } = x.concrete as Concrete;
    return offset === 0 && storage.length === x.size && isContiguous(x.shape, strides);
  }

  /** The block of a tensor that already lies on the heap as the program needs it. */
  #residentInput(x: Tensor): number | undefined {
    const { storage } = x.concrete as Concrete;
    const pointer = residentPointer(storage, this.#name);
    return pointer !== undefined && this.#isWhole(x) ? pointer : undefined;
  }

  #copyIn(x: Tensor, address: number): void {
    const concrete = x.concrete as Concrete;
    const inOrder = isContiguous(x.shape, concrete.strides);
    const source = inOrder
      ? storageArray(concrete.storage, this.#name)
      : readConcrete(x.shape, concrete, this.#name);
    put(cpuRuntime().heap, x.dtype, source, inOrder ? concrete.offset : 0, x.size, address);
  }

  #link(
    base: number,
    inputs: readonly number[],
    outputs: readonly number[],
    generation: number,
  ): LinkedProgram {
    const addresses = [base, generation, ...inputs, ...outputs];
    const at = this.#linked.findIndex((l) => l.addresses.every((a, i) => a === addresses[i]));
    if (at === 0) return (this.#linked[0] as Link).program;
    const link =
      at > 0
        ? (this.#linked.splice(at, 1)[0] as Link)
        : { program: this.program.link({ frame: base, inputs, outputs }), addresses };
    this.#linked.unshift(link);
    if (this.#linked.length > LINKS) this.#linked.pop()?.program.dispose();
    return link.program;
  }

  /** The plan as text. */
  describe(name: string): string {
    return formatPlan(name, this.program);
  }

  /** Frees what the executable holds on the heap. */
  dispose(): void {
    for (const { program } of this.#linked.splice(0)) program.dispose();
    this.program.dispose();
  }
}

/** Pairs each donated input with an output of its shape and dtype, in order. */
function matchDonations(
  inputs: readonly Var[],
  outputs: readonly Var[],
  donated: ReadonlySet<number>,
): Map<number, number> {
  const free = new Map<string, number[]>();
  const key = (v: Var): string => `${v.dtype}[${v.shape.join()}]`;
  for (const i of donated) {
    const k = key(inputs[i] as Var);
    free.set(k, [...(free.get(k) ?? []), i]);
  }
  const aliases = new Map<number, number>();
  outputs.forEach((v, o) => {
    const input = free.get(key(v))?.shift();
    if (input !== undefined) aliases.set(o, input);
  });
  return aliases;
}
