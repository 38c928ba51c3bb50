import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Arguments {
  readonly packageName: string;
  readonly filter: string;
  /** Where to write the rows as JSON, absolute. */
  readonly json: string | null;
  /** Exit with 1 when a target is missed. */
  readonly strict: boolean;
  /** Seconds of samples per row. */
  readonly seconds: number;
}

/** How to call the program. */
export const usage: string = `npm run bench -- <package> [filter] [--json FILE] [--seconds N] [--strict]

  package    folder under packages/ (tensor or @x/tensor)
  filter     only rows whose file, name or peer contains this text
  --json     write the rows to a file as well
  --seconds  time for the samples of each row, default 3
  --strict   exit with 1 when a target is missed`;

/**
 * Reads the command line.
 *
 * @param folder - relative paths start here
 * @throws Error when it does not make sense
 */
export function parseArguments(args: readonly string[], folder: string): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "string" },
      seconds: { type: "string", default: "3" },
      strict: { type: "boolean", default: false },
    },
  });
  const [packageName, filter = "", ...rest] = positionals;
  if (packageName === undefined) throw new Error("bench: expected a package; got none");
  if (rest.length > 0) throw new Error(`bench: expected one filter; got also ${rest.join(" ")}`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`bench: --seconds must be above 0; it is ${values.seconds}`);
  const json = values.json === undefined ? null : resolve(folder, values.json);
  return { packageName, filter, json, strict: values.strict, seconds };
}
