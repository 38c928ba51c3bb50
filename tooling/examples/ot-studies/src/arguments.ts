import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "example-digits/user-error";

/** What the user asked for. */
export interface Arguments {
  /** Names of studies, at least one. */
  readonly studies: readonly string[];
  /** Folder with IDX files; without it digits are drawn. */
  readonly data: string | undefined;
  readonly out: string;
  readonly quick: boolean;
  readonly help: boolean;
}

/** The help text. @param names - of all studies */
export const usage = (
  names: readonly string[],
): string => `Compares solvers of optimal transport: each study prints a table and draws its plots.

  pnpm start [STUDY …] [options]

  STUDY        ${names.join(", ")};
               all of them without a name
  --data DIR   IDX files as of MNIST, gzipped or not; also taken from X_DATA_DIR.
               Without a folder the program draws its own digits.
  --out DIR    where a page for each study goes (default: out/ in this folder)
  --quick      small problems; the figures mean little
  --help       this text`;

const options = {
  data: { type: "string" },
  out: { type: "string" },
  quick: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    const [first] = (error as Error).message.split(/[.\n]/, 1);
    throw new UserError(`${first}; --help lists the options`);
  }
};

/**
 * Reads the command line.
 *
 * @param argv - the arguments alone
 * @param names - of all studies
 * @param defaultOut - output folder if none is named
 * @param environment - `X_DATA_DIR`, and `INIT_CWD`, the folder that npm was called in
 * @throws UserError for unknown studies and options
 */
export function readArguments(
  argv: readonly string[],
  names: readonly string[],
  defaultOut: string,
  environment: Readonly<Record<string, string | undefined>>,
): Arguments {
  const { values, positionals } = parse(argv);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UserError(`expected a study (${names.join(", ")}); got "${unknown}"`);
  const from = environment["INIT_CWD"] ?? process.cwd();
  const data = values.data ?? (environment["X_DATA_DIR"] || undefined);
  return {
    studies: positionals.length === 0 ? names : names.filter((name) => positionals.includes(name)),
    data: data === undefined ? undefined : resolve(from, data),
    out: values.out === undefined ? defaultOut : resolve(from, values.out),
    quick: values.quick,
    help: values.help,
  };
}
