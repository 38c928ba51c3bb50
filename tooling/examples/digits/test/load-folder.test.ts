import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensor } from "@x/tensor";
import { writeIdx } from "@x/tensor/io";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pixels } from "../src/digits";
import { loadFolder } from "../src/load-folder";
import { UserError } from "../src/user-error";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "digits-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const images = (count: number, gzip = false): Uint8Array => {
  const bytes = Uint8Array.from({ length: count * pixels }, (_, i) => i % 251);
  return writeIdx(tensor(bytes, { shape: [count, 28, 28] }), { gzip });
};
const labels = (count: number, gzip = false): Uint8Array =>
  writeIdx(tensor(Uint8Array.from({ length: count }, (_, i) => i % 10)), { gzip });

const put = (name: string, contents: Uint8Array | string): void => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), contents);
};

function refusal(): string {
  try {
    loadFolder(folder);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return "accepted";
}

describe("loadFolder", () => {
  it.each([
    ["gzipped files", "", true, "-"],
    ["plain files", "", false, "-"],
    ["files in the subfolder mnist", "mnist/", true, "-"],
    ["names with a dot", "", false, "."],
  ])("reads %s and splits one set at four fifths", (_, at, gzip, mark) => {
    const tail = gzip ? ".gz" : "";
    put(`${at}t10k-images${mark}idx3-ubyte${tail}`, images(10, gzip));
    put(`${at}t10k-labels${mark}idx1-ubyte${tail}`, labels(10, gzip));
    const { train, test, origin } = loadFolder(folder);
    expect([...train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...test.labels]).toEqual([8, 9]);
    expect(train.images).toHaveLength(8 * pixels);
    expect(test.images[0]).toBe((8 * pixels) % 251);
    expect(origin).toContain("t10k, split 8 / 2");
  });

  it("trains on train and tests on t10k if both are there", () => {
    for (const [set, count] of [
      ["train", 6],
      ["t10k", 4],
    ] as const) {
      put(`${set}-images-idx3-ubyte`, images(count));
      put(`${set}-labels-idx1-ubyte`, labels(count));
    }
    const { train, test } = loadFolder(folder);
    expect([train.labels.length, test.labels.length]).toEqual([6, 4]);
  });

  it("names the folder if it is missing, empty, a file or holds something else", () => {
    expect(refusal()).toBe(
      `${folder}: expected IDX files such as t10k-images-idx3-ubyte.gz; the folder is empty`,
    );
    put("notes.txt", "hello");
    expect(refusal()).toContain("the folder has notes.txt");
    expect(() => loadFolder(join(folder, "nowhere"))).toThrow(
      /expected a folder of IDX files; ENOENT/,
    );
    expect(() => loadFolder(join(folder, "notes.txt"))).toThrow(/expected a folder .*; ENOTDIR/);
  });

  it("names the file with a wrong magic number, or that is cut short", () => {
    put("t10k-labels-idx1-ubyte", labels(2));
    put("t10k-images-idx3-ubyte", "this is text");
    expect(refusal()).toMatch(
      /t10k-images-idx3-ubyte: readIdx: magic number: .*the file is not IDX/,
    );
    put("t10k-images-idx3-ubyte", images(2).subarray(0, -1));
    expect(refusal()).toMatch(/t10k-images-idx3-ubyte: .*got 1567; the file is cut short/);
    put("t10k-images-idx3-ubyte", images(2, true).subarray(0, -20));
    expect(refusal()).toMatch(/t10k-images-idx3-ubyte: readIdx: gzip/);
  });

  it("refuses labels in place of images, unequal counts, labels beyond 9 and missing labels", () => {
    put("t10k-images-idx3-ubyte", labels(2));
    expect(refusal()).toContain(
      "expected t10k-labels-idx1-ubyte(.gz) beside t10k-images-idx3-ubyte",
    );
    put("t10k-labels-idx1-ubyte", labels(3));
    expect(refusal()).toContain("expected images [count, 28, 28] of bytes; got u8 [2]");
    put("t10k-images-idx3-ubyte", images(2));
    expect(refusal()).toContain("expected 2 labels, one per image; got 3");
    put("t10k-labels-idx1-ubyte", writeIdx(tensor(new Uint8Array([1, 10]))));
    expect(refusal()).toContain("expected labels from 0 to 9; got 10 at 1");
    put("t10k-labels-idx1-ubyte", labels(1));
    put("t10k-images-idx3-ubyte", images(1));
    expect(refusal()).toContain("expected at least 2 images; got 1");
  });
});
