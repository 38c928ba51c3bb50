import type { Tensor } from "../tensor";
import { type Bytes, toBytes } from "./bytes";
import { checkCrc, inflateExactly } from "./inflate";
import { type ReadOptions, readSettings } from "./options";
import type { RawTensor } from "./raw";
import { readRawNpy } from "./read-npy";
import { quote, refuse } from "./refuse";
import { toTensors } from "./tensors";
import { readZipDirectory, type ZipEntry } from "./zip-directory";

const reader = "readNpz";

/**
 * Reads a NumPy archive (`numpy.savez` and `savez_compressed`).
 *
 * The archive's directory is checked as a whole, and the lengths it declares are held against
 * `maxBytes`, before anything is expanded; each array then follows the rules of `readNpy`.
 *
 * @param bytes - the whole file
 * @param options - `maxBytes` for all arrays together (default 2 GiB) and `int64` (default `"exact"`)
 * @returns the arrays by name, without ".npy"; no prototype, so that any name is safe
 * @throws ArgumentError naming the entry, what was expected and what came
 * @example
 * const { x, y } = readNpz(await readFile("data.npz"));
 */
export function readNpz(bytes: Bytes, options?: ReadOptions): Record<string, Tensor> {
  return toTensors(readRawNpz(bytes, options));
}

/** As `readNpz`, to plain arrays. */
function readRawNpz(bytes: Bytes, options?: ReadOptions): Map<string, RawTensor> {
  const settings = readSettings(reader, options);
  const entries = readZipDirectory(reader, toBytes(reader, bytes));
  const total = entries.reduce((sum, { length }) => sum + length, 0);
  if (total > settings.maxBytes) {
    refuse({
      reader,
      field: "entries",
      expected: `at most ${settings.maxBytes} bytes`,
      came: `${total}`,
      advice: "raise options.maxBytes if the file is to be trusted",
    });
  }
  const arrays = new Map<string, RawTensor>();
  let left = settings.maxBytes;
  for (const entry of entries) {
    if (!entry.name.endsWith(".npy")) {
      refuse({
        reader,
        field: `entry ${quote(entry.name)}`,
        expected: 'a name that ends in ".npy"',
        came: quote(entry.name),
      });
    }
    const name = entry.name.slice(0, -4);
    const inside = { ...settings, maxBytes: left, reader: `${reader}: entry ${quote(name)}` };
    const raw = readRawNpy(contentsOf(entry), inside);
    left -= raw.data.byteLength;
    arrays.set(name, raw);
  }
  return arrays;
}

function contentsOf(entry: ZipEntry): Uint8Array {
  const field = `entry ${quote(entry.name)}`;
  if (entry.deflated) return inflateExactly(reader, { ...entry, field });
  checkCrc(reader, field, entry.bytes, entry.crc);
  return entry.bytes;
}
