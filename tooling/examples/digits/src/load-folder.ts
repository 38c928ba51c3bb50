import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tensor } from "@x/tensor";
import { readIdx } from "@x/tensor/io";
import { type DigitData, type Digits, side, sliceDigits } from "./digits";
import { UserError } from "./user-error";

/** What tells the files of a set: MNIST's names, with a hyphen or (as some mirrors have it) a dot. */
const fileName = (set: string, what: "images-idx3" | "labels-idx1"): RegExp =>
  new RegExp(`^${set}-${what.replace("-", "[-.]")}-ubyte(\\.gz)?$`);

/**
 * Reads digits from a folder of IDX files, or from its subfolder `mnist`.
 *
 * With both `train` and `t10k` files there, they are the two sets; with one of them, its first four
 * fifths are trained on and the rest tests.
 *
 * @throws UserError if the folder, a file in it or what the files hold is not as it should be
 */
export function loadFolder(folder: string): DigitData {
  const place = [folder, join(folder, "mnist")].find((path) => hasImages(path));
  if (place === undefined) throw nothingFound(folder);
  const train = loadSet(place, "train");
  const t10k = loadSet(place, "t10k");
  if (train !== undefined && t10k !== undefined) {
    return { train, test: t10k, origin: `${place}: train and t10k` };
  }
  const only = (train ?? t10k) as Digits;
  const count = only.labels.length;
  const split = Math.floor((count * 4) / 5);
  if (split === 0) throw new UserError(`${place}: expected at least 2 images; got ${count}`);
  return {
    train: sliceDigits(only, 0, split),
    test: sliceDigits(only, split, count),
    origin: `${place}: ${train === undefined ? "t10k" : "train"}, split ${split} / ${count - split}`,
  };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const hasImages = (folder: string): boolean =>
  list(folder).some((name) => fileName("(train|t10k)", "images-idx3").test(name));

function nothingFound(folder: string): UserError {
  try {
    const names = readdirSync(folder);
    const some = names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
    const has = names.length === 0 ? "is empty" : `has ${some}`;
    return new UserError(
      `${folder}: expected IDX files such as t10k-images-idx3-ubyte.gz; the folder ${has}`,
    );
  } catch (error) {
    return new UserError(`${folder}: expected a folder of IDX files; ${reason(error)}`);
  }
}

function loadSet(folder: string, set: string): Digits | undefined {
  const imagesFile = find(folder, set, "images-idx3");
  if (imagesFile === undefined) return undefined;
  const labelsFile = find(folder, set, "labels-idx1");
  if (labelsFile === undefined) {
    throw new UserError(`${folder}: expected ${set}-labels-idx1-ubyte(.gz) beside ${imagesFile}`);
  }
  const images = readFile(join(folder, imagesFile));
  check(join(folder, imagesFile), images, `images [count, ${side}, ${side}]`, [side, side]);
  const labels = readFile(join(folder, labelsFile));
  check(join(folder, labelsFile), labels, "labels [count]", []);
  if (images.shape[0] !== labels.shape[0]) {
    throw new UserError(
      `${join(folder, labelsFile)}: expected ${images.shape[0]} labels, one per image; got ${labels.shape[0]}`,
    );
  }
  const digits = {
    images: images.dataSync() as Uint8Array,
    labels: labels.dataSync() as Uint8Array,
  };
  const wrong = digits.labels.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new UserError(
      `${join(folder, labelsFile)}: expected labels from 0 to 9; got ${digits.labels[wrong]} at ${wrong}`,
    );
  }
  return digits;
}

const find = (folder: string, set: string, what: "images-idx3" | "labels-idx1") =>
  list(folder).find((name) => fileName(set, what).test(name));

function readFile(path: string): Tensor {
  try {
    return readIdx(readFileSync(path));
  } catch (error) {
    throw new UserError(`${path}: ${reason(error)}`);
  }
}

function check(path: string, x: Tensor, expected: string, tail: readonly number[]): void {
  const fits = x.shape.length === 1 + tail.length && tail.every((n, i) => x.shape[i + 1] === n);
  if (!fits || x.dtype !== "u8") {
    throw new UserError(
      `${path}: expected ${expected} of bytes; got ${x.dtype} [${x.shape.join(", ")}]`,
    );
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
