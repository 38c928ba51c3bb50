import type { Missing } from "./row";

/** The module of jax-js. */
export type Jax = typeof import("@jax-js/jax");
/** The module of TensorFlow.js, its wasm backend ready. */
export type Tfjs = typeof import("@tensorflow/tfjs-core");
/** The module of ml-matrix. */
export type MlMatrix = typeof import("ml-matrix");

/** How far two numbers may be apart: |actual − expected| ≤ absolute + relative · |expected|. */
export interface Closeness {
  readonly relative: number;
  /** Default 0. */
  readonly absolute?: number;
}

/** A real array that a Python peer works on. */
export interface SharedArray {
  readonly data: Float32Array | Float64Array | Int32Array;
  readonly shape: readonly number[];
}

/** How a Python process is started. */
export interface PythonOptions {
  /** Threads of its numeric libraries; default as they choose. */
  readonly threads?: number;
}

/** A function that runs in a Python process and is timed there. */
export interface PythonPeer {
  /** Runs it once; milliseconds. */
  readonly sample: () => Promise<number>;
  /** What the last run returned, flat, as f64. */
  readonly result: () => Promise<Float64Array>;
  readonly close: () => void;
}

/** What a row's `setup` gets: peers, data and measurements, so that bench files import nothing but their package. */
export interface Kit {
  /** Processors that may be used: what "all threads" means. */
  readonly threads: number;
  /**
   * jax-js on its wasm backend. In Node it has one thread; with `threads: true` it is given a Web Worker
   * look-alike and uses all processors, as it does in a browser.
   */
  readonly jax: (options?: { threads?: boolean }) => Promise<Jax>;
  /** TensorFlow.js on its wasm backend with so many threads, and with a filter gradient for `conv2d`. */
  readonly tfjs: (options: { threads: number }) => Promise<Tfjs>;
  readonly mlMatrix: () => Promise<MlMatrix>;
  /**
   * A Python peer: `script` defines `run()`, which sees the arrays under their names.
   * Missing where Python, NumPy or the module is not installed.
   */
  readonly python: (
    module: string,
    script: string,
    arrays: Readonly<Record<string, SharedArray>>,
    options?: PythonOptions,
  ) => Promise<PythonPeer | Missing>;
  /** Reproducible numbers, uniform on [−1, 1); equal seeds give equal numbers. */
  readonly uniform: (length: number, seed: number) => Float32Array<ArrayBuffer>;
  /** @throws Error naming the worst element when the two are not close. */
  readonly assertClose: (
    what: string,
    actual: ArrayLike<number>,
    expected: ArrayLike<number>,
    closeness: Closeness,
  ) => void;
  /** Resident memory of this process, bytes. */
  readonly residentBytes: () => number;
  /** Runs an ES module given as text in a new Node process in the package's folder; its standard output. */
  readonly newProcess: (source: string) => Promise<string>;
  /** Download sizes by the names of the repository's size budgets, brotli, bytes. */
  readonly downloadSizes: () => Promise<Readonly<Record<string, number>>>;
}
