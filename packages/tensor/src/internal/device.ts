import type { TypedArray } from "../dtype";
import { ArgumentError } from "../errors";
import type { Graph } from "../graph/graph";
import type { Tensor } from "../tensor";
import { described } from "./check-argument";
import type { Aval, Primitive } from "./primitive";

/**
 * A device other than the CPU, on which tensors live and functions run: made by `gpu()` of `@x/tensor/gpu`.
 *
 * Its operations return at once; only reading a result waits.
 */
export interface Device {
  /** Tells a device, also one of the package's other copy (ESM or CJS). */
  readonly "@x/tensor/device/1": true;
  /** What plans and errors call the device. */
  readonly name: string;
  /**
   * A copy of a tensor on the device.
   *
   * @internal
   */
  put(x: Tensor): Tensor;
  /**
   * Applies one primitive; some operand lives on the device.
   *
   * @internal
   */
  evaluate(
    primitive: Primitive,
    inputs: readonly Tensor[],
    outputs: readonly Aval[],
    params: unknown,
  ): readonly Tensor[];
  /**
   * Compiles a traced function; `donated` are positions of inputs whose memory may be taken.
   *
   * @internal
   */
  compile(name: string, graph: Graph, donated: ReadonlySet<number>): Executable;
}

/** A traced function that was compiled for a device. */
export interface Executable {
  /** Runs it on concrete tensors of the compiled shapes and dtypes. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** The plan as text. */
  describe(name: string): string;
  /** Frees what it holds on the device. */
  dispose(): void;
}

/** Elements that live on a device. */
export interface RemoteBlock {
  readonly device: Device;
  /** Copies all of them here. */
  read(): Promise<TypedArray>;
  /**
   * Says that they cannot be had at once, in words that programs without a device need not carry.
   *
   * @param captured - true when a jitted function of the CPU closes over them
   * @throws ArgumentError always
   */
  refuse(operation: string, captured?: boolean): never;
}

/** The device that a concrete tensor lives on; `undefined` for the CPU and for traced tensors. */
export const deviceOf = (x: Tensor): Device | undefined => x.concrete?.storage.remote?.device;

/** @throws ArgumentError unless an argument is a device */
export function checkDevice(operation: string, x: Device): Device {
  if ((x as Device | undefined)?.["@x/tensor/device/1"]) return x;
  throw new ArgumentError(
    `${operation}: expected a device made by await gpu(); got ${described(x)}`,
    { operation },
  );
}

/**
 * The device that an operation on these operands runs on.
 *
 * @throws ArgumentError when they live on several
 */
export function commonDevice(operation: string, inputs: readonly Tensor[]): Device | undefined {
  let found: Device | undefined;
  for (const x of inputs) {
    const device = deviceOf(x);
    if (device === undefined || device === found) continue;
    if (found !== undefined)
      throw new ArgumentError(
        `${operation}: expected operands on one device; got some on ${found.name} and some on ${device.name}; move them with to()`,
        { operation },
      );
    found = device;
  }
  return found;
}
