import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readIdx, writeIdx } from "../../src/io";

const data = process.env["X_DATA_DIR"] ?? join(import.meta.dirname, "../../../../../shared/data");
const folders = [join(data, "mnist"), data];
const folder = folders.find((path) => existsSync(join(path, "t10k-images-idx3-ubyte.gz")));
const read = (name: string): Buffer => readFileSync(join(folder ?? "", name));

describe("readIdx on the MNIST test set", () => {
  it.runIf(folder)(
    "images and labels are those that zlib expands, with the published counts",
    () => {
      const packed = read("t10k-images-idx3-ubyte.gz");
      const images = readIdx(packed);
      expect([images.dtype, [...images.shape]]).toEqual(["u8", [10_000, 28, 28]]);
      const plain = gunzipSync(packed);
      expect(plain.subarray(16).equals(images.dataSync() as Uint8Array)).toBe(true);
      expect(plain.equals(writeIdx(images))).toBe(true);

      const labels = readIdx(read("t10k-labels-idx1-ubyte.gz"));
      const counts = new Array<number>(10).fill(0);
      for (const label of labels.dataSync()) counts[label] = (counts[label] as number) + 1;
      // The published distribution of the test set.
      expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    },
  );

  it.skipIf(folder)(
    "is left out: no t10k-images-idx3-ubyte.gz; set X_DATA_DIR to its folder",
    () => {},
  );
});
