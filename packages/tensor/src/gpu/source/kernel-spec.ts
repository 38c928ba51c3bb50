/** Types of arguments and results of helper functions, in gpu.js's words. */
export type SourceType = "Number" | "Integer" | "Array(2)" | "Array(4)";

/** A function that a kernel calls; it sees its arguments only, no buffers. */
export interface HelperFunction {
  readonly name: string;
  /** Parameters with their types, in order. */
  readonly parameters: readonly (readonly [name: string, type: SourceType])[];
  readonly returns: SourceType;
  /** The statements. */
  readonly body: string;
}

/** A kernel as source text for gpu.js: equal texts are equal kernels. */
export interface KernelSpec {
  /** Body of the kernel: reads `a0`, `a1`, …, the flat buffers, and ends with a return. */
  readonly body: string;
  readonly functions: readonly HelperFunction[];
  /** Number of buffers read. */
  readonly buffers: number;
  /** Whether the body reads `inf` and `nan`: compilers take literals of these for granted, or refuse them. */
  readonly specials: boolean;
  /** Threads along x, y, z. */
  readonly output: readonly number[];
  /** Values that each thread returns. */
  readonly components: 1 | 2 | 4;
}

/** Numbers that a kernel writes. */
export const lengthOf = ({ output, components }: KernelSpec): number =>
  output.reduce((n, d) => n * d, components);

/** The kernel's own function as text. */
export function kernelSource({ body, buffers, specials }: KernelSpec): string {
  const names = Array.from({ length: buffers }, (_, i) => `a${i}`);
  if (specials) names.push("inf", "nan");
  return `function kernel(${names.join(", ")}) {\n${body}\n}`;
}

/** A helper function as text. */
export const helperSource = ({ name, parameters, body }: HelperFunction): string =>
  `function ${name}(${parameters.map(([p]) => p).join(", ")}) {\n${body}\n}`;

/** All of a kernel as text: what plans show and caches compare. */
export const specText = (spec: KernelSpec): string =>
  [
    `// threads [${spec.output.join(", ")}], ${spec.components} value${spec.components === 1 ? "" : "s"} each`,
    ...spec.functions.map(helperSource),
    kernelSource(spec),
  ].join("\n");
