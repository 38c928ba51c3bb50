import { type Zippable, zipSync } from "fflate";
import type { Tensor } from "../tensor";
import type { RawTensor } from "./raw";
import { quote, refuse } from "./refuse";
import { fromTensors } from "./tensors";
import { writeRawNpy } from "./write-npy";

const writer = "writeNpz";

/** How an npz archive is written. */
export interface WriteNpzOptions {
  /** Whether the arrays are deflated; default false. */
  readonly compress?: boolean | undefined;
}

/**
 * Writes a NumPy archive, which `numpy.load` reads.
 *
 * The bytes depend on the contents alone: arrays are ordered by name and dated 1 January 1980.
 *
 * @param tensors - arrays by name
 * @param options - `compress`, default false
 * @throws ArgumentError for a name that is longer than 65 531 bytes or not Unicode
 * @example
 * await writeFile("data.npz", writeNpz({ x, y }, { compress: true }));
 */
export function writeNpz(
  tensors: Readonly<Record<string, Tensor>>,
  options: WriteNpzOptions = {},
): Uint8Array {
  return writeRawNpz(fromTensors(writer, tensors), options);
}

/** As `writeNpz`, from plain arrays. */
function writeRawNpz(
  arrays: ReadonlyMap<string, RawTensor>,
  options: WriteNpzOptions = {},
): Uint8Array {
  const files: Zippable = {};
  for (const name of [...arrays.keys()].sort()) {
    if (/\p{Surrogate}/u.test(name) || new TextEncoder().encode(name).length > 65_531) {
      const expected = "Unicode text of at most 65531 bytes";
      refuse({ reader: writer, field: "name", expected, came: quote(name) });
    }
    files[`${name}.npy`] = writeRawNpy(arrays.get(name) as RawTensor);
  }
  // Zip dates are local time without a zone: a local date gives the same bytes everywhere.
  return zipSync(files, { level: options.compress ? 6 : 0, mtime: new Date(1980, 0, 1) });
}
