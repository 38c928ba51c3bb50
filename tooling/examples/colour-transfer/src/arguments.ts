import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "example-digits/user-error";

/** The ways to transfer colours. */
export const methods = ["emd", "sinkhorn", "sliced", "gaussian"] as const;

/** One of {@link methods}. */
export type Method = (typeof methods)[number];

/** What the user asked for. */
export interface Arguments {
  /** Paths of source and target; undefined for the photographs of the data folder. */
  readonly pictures: readonly [string, string] | undefined;
  /** Folder with `china.jpg` and `flower.jpg`, or with `sklearn/` that has them. */
  readonly data: string;
  readonly out: string;
  readonly methods: readonly Method[];
  /** Undefined for what each method takes by itself. */
  readonly samples: number | undefined;
  readonly seed: number;
  readonly help: boolean;
}

/** The help text. */
export const usage: string = `Gives a photograph the colours of another one, by several kinds of optimal transport.

  pnpm start [SOURCE TARGET] [options]

  SOURCE TARGET   JPEG or PNG files. Without them: china.jpg and flower.jpg of the data folder;
                  if these are not there, two drawn pictures.
  --data DIR      folder of the photographs; also taken from X_DATA_DIR
  --out DIR       where the PNG files go (default: out/ in this folder)
  --methods LIST  of ${methods.join(", ")} (default: all)
  --samples N     pixels of each picture that a map is fitted to (default: 1000; 10000 for sliced)
  --seed N        of the samples and directions (default 0)
  --help          this text`;

const options = {
  data: { type: "string" },
  out: { type: "string" },
  methods: { type: "string", default: methods.join() },
  samples: { type: "string" },
  seed: { type: "string", default: "0" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Folders that are taken unless others are named. */
export interface DefaultFolders {
  readonly data: string;
  readonly out: string;
}

/**
 * Reads the command line.
 *
 * @param argv - the arguments alone
 * @param environment - `X_DATA_DIR`, and `INIT_CWD`, the folder that npm was called in
 * @throws UserError for unknown options and methods, one picture or three, and values that make no sense
 */
export function readArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  folders: DefaultFolders,
): Arguments {
  const { values, positionals } = parse(argv);
  const from = environment["INIT_CWD"] ?? process.cwd();
  const [source, target] = positionals;
  if (positionals.length !== 0 && positionals.length !== 2)
    throw new UserError(
      `expected two pictures, source and target, or none; got ${positionals.length}`,
    );
  const data = values.data ?? (environment["X_DATA_DIR"] || undefined);
  return {
    pictures:
      source === undefined || target === undefined
        ? undefined
        : [resolve(from, source), resolve(from, target)],
    data: data === undefined ? folders.data : resolve(from, data),
    out: values.out === undefined ? folders.out : resolve(from, values.out),
    methods: readMethods(values.methods),
    samples: values.samples === undefined ? undefined : whole("--samples", values.samples, 1),
    seed: whole("--seed", values.seed, 0),
    help: values.help,
  };
}

function readMethods(list: string): Method[] {
  const names = list.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !methods.some((method) => method === name));
  if (unknown === undefined) return methods.filter((method) => names.includes(method));
  throw new UserError(`--methods: expected names of ${methods.join(", ")}; got "${unknown}"`);
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value < 2 ** 32) return value;
  throw new UserError(
    `${option}: expected a whole number from ${least} to below 2³²; got "${text}"`,
  );
}

const parseOwn = (argv: readonly string[]) =>
  parseArgs({ args: [...argv], options, allowPositionals: true });

function parse(argv: readonly string[]): ReturnType<typeof parseOwn> {
  try {
    return parseOwn(argv);
  } catch (error) {
    const [first] = (error as Error).message.split(/[.\n]/, 1);
    throw new UserError(`${first}; --help lists the options`);
  }
}
