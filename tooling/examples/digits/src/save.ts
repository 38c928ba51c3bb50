import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./user-error";

/** Writes a file of the output folder whole or not at all: a crash leaves the old one. */
export function save(folder: string, name: string, contents: Uint8Array | string): string {
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.part`, contents);
    renameSync(`${path}.part`, path);
  } catch (error) {
    throw new UserError(`${path}: cannot be written; ${(error as Error).message}`);
  }
  return path;
}
