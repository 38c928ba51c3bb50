import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row, Rows } from "./row";

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));
const suffix = ".bench.ts";

/** A row and the file it comes from. */
export interface FoundRow {
  readonly file: string;
  /** Its position among the file's rows. */
  readonly index: number;
  readonly row: Row;
}

const benchFolder = (name: string): string => join(packages, name, "bench");

const benchFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(suffix))
    .sort()
    .map((file) => join(folder, file));

/**
 * The rows of a package whose name or file name contains the filter, case ignored.
 *
 * @param name - `tensor` or `@x/tensor`
 * @throws Error when there is no such package, it has no benches, or nothing passes the filter
 */
export async function findRows(name: string, filter: string): Promise<FoundRow[]> {
  const folder = benchFolder(name.replace(/^@x\//, ""));
  if (!/^(@x\/)?[\w-]+$/.test(name) || !existsSync(folder)) {
    const known = readdirSync(packages).filter((other) => existsSync(benchFolder(other)));
    throw new Error(`bench: expected a package with benches (${known.join(", ")}); got ${name}`);
  }
  const found: FoundRow[] = [];
  for (const file of benchFiles(folder)) {
    const { rows } = (await import(file)) as { rows: Rows };
    const subject = basename(file, suffix);
    for (const [index, row] of rows.entries()) {
      const text = `${subject}: ${row.name} ${row.peerName ?? ""}`.toLowerCase();
      if (text.includes(filter.toLowerCase())) found.push({ file, index, row });
    }
  }
  if (found.length === 0) throw new Error(`bench: no row of ${name} contains "${filter}"`);
  return found;
}
