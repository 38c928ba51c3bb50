import { accessSync, constants, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./user-error";

/** Makes the output folder, so that one that cannot be written is known before the work begins. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(`${folder}: expected a folder to write to; ${(error as Error).message}`);
  }
}

/** Writes a file of the output folder whole or not at all: a crash leaves the old one. */
export function save(folder: string, name: string, contents: Uint8Array | string): string {
  const path = join(folder, name);
  try {
    writeFileSync(`${path}.part`, contents);
    renameSync(`${path}.part`, path);
  } catch (error) {
    throw new UserError(`${path}: cannot be written; ${(error as Error).message}`);
  }
  return path;
}
