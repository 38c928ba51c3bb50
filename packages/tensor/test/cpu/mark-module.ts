const i32 = 0x7f;
const section = (id: number, ...body: number[]): number[] => [id, body.length, ...body];
const name = (text: string): number[] => [text.length, ...[...text].map((c) => c.charCodeAt(0))];

const get = (local: number): number[] => [0x20, local];
const constant = (value: number): number[] => [0x41, value];
const load = (offset: number): number[] => [0x28, 2, offset];
const store = (offset: number): number[] => [0x36, 2, offset];
const [shl, add, sub, eqz, ne] = [0x74, 0x6a, 0x6b, 0x45, 0x47];

/** Counts local 3 down to zero, starting from the word at `args` + `offset`. */
const spin = (offset: number): number[] => [
  ...[...get(0), ...load(offset), 0x21, 3],
  ...[0x02, 0x40, 0x03, 0x40],
  ...[...get(3), eqz, 0x0d, 1],
  ...[...get(3), ...constant(1), sub, 0x21, 3, 0x0c, 0],
  ...[0x0b, 0x0b],
];

const mark = [
  ...spin(0),
  // local 3 = args + 4 · chunk
  ...[...get(0), ...get(1), ...constant(2), shl, add, 0x22, 3],
  ...[...get(3), ...load(4), ...constant(1), add, ...store(4)],
];

const fragile = [...get(2), ...get(0), ...load(0), ne, 0x04, 0x40, 0x00, 0x0b, ...spin(4)];

const code = (body: number[]): number[] => [body.length + 4, 1, 1, i32, ...body, 0x0b];

/**
 * Two kernels for tests of the thread pool, on a shared memory.
 *
 * `mark` counts down from args[0], then adds one to args[1 + chunk].
 * `fragile` traps on every thread whose scratch is not at args[0], and counts down from args[1] elsewhere.
 */
export const markModule = (): WebAssembly.Module =>
  new WebAssembly.Module(
    new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, 1, 0x60, 3, i32, i32, i32, 0),
      ...section(2, 1, ...name("env"), ...name("memory"), 2, 3, 1, 0x80, 0x80, 4),
      ...section(3, 2, 0, 0),
      ...section(7, 2, ...name("mark"), 0, 0, ...name("fragile"), 0, 1),
      ...section(10, 2, ...code(mark), ...code(fragile)),
    ]),
  );
