import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "./user-error";

/** What the user asked for. */
export interface Arguments {
  /** Folder with IDX files; without it the program draws its own digits. */
  readonly folder?: string | undefined;
  /** Without it: 30, or as many as the interrupted run wanted. */
  readonly epochs?: number | undefined;
  readonly resume: boolean;
  readonly out: string;
  /** Without it: 0, or the checkpoint's when resuming. */
  readonly seed?: number | undefined;
  /** Threads that compute; without it, as many as the machine has cores. */
  readonly threads?: number | undefined;
  readonly help: boolean;
}

export const usage = `Trains a small network on handwritten digits and writes a report.

  npm start -- [FOLDER] [options]

  FOLDER         IDX files as of MNIST, gzipped or not; also taken from X_DATA_DIR.
                 Without a folder the program draws its own digits.
  --epochs N     passes over the training images (default 30)
  --out DIR      where report.html, weights.safetensors and the checkpoint go
                 (default: out/ in the example's folder)
  --resume       go on from the checkpoint in the output folder; its seed and
                 number of epochs hold unless others are given
  --seed N       seed of everything random (default 0)
  --threads N    threads that compute (default: one per core)
  --help         this text

Ctrl-C stops after the current step and saves what there is.`;

/**
 * Reads the command line.
 *
 * @param argv - the arguments alone
 * @param environment - `X_DATA_DIR`, and `INIT_CWD`, the folder that npm was called in
 * @param defaultOut - output folder if none is named
 * @throws UserError for unknown options and values that make no sense
 */
export function readArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  defaultOut: string,
): Arguments {
  const { values, positionals } = parse(argv);
  if (positionals.length > 1) {
    throw new UserError(
      `expected one folder; got ${positionals.length}: ${positionals.join(", ")}`,
    );
  }
  const from = environment["INIT_CWD"] ?? process.cwd();
  const folder = positionals[0] ?? (environment["X_DATA_DIR"] || undefined);
  return {
    folder: folder === undefined ? undefined : resolve(from, folder),
    epochs: wholeNumber("--epochs", values.epochs, 1, 100_000),
    resume: values.resume ?? false,
    out: values.out === undefined ? defaultOut : resolve(from, values.out),
    seed: wholeNumber("--seed", values.seed, 0, 2 ** 32 - 1),
    threads: wholeNumber("--threads", values.threads, 1, 256),
    help: values.help ?? false,
  };
}

const options = {
  epochs: { type: "string" },
  out: { type: "string" },
  resume: { type: "boolean" },
  seed: { type: "string" },
  threads: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parse(argv: readonly string[]): ReturnType<typeof parseDigitsArgs> {
  try {
    return parseDigitsArgs(argv);
  } catch (error) {
    const [first] = (error as Error).message.split(/[.\n]/, 1);
    throw new UserError(`${first}; --help lists the options`);
  }
}

const parseDigitsArgs = (argv: readonly string[]) =>
  parseArgs({ args: [...argv], options, allowPositionals: true });

function wholeNumber(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UserError(`${name}: expected a whole number from ${least} to ${most}; got "${text}"`);
  }
  return value;
}
