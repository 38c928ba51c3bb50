import type { Tensor } from "../tensor";
import { type Bytes, dataView, toBytes } from "./bytes";
import { decodedBytes, decodeElements } from "./decode-elements";
import { widthOf } from "./element-kinds";
import { elementCount } from "./extents";
import { fromFortranOrder } from "./fortran-order";
import { parseNpyHeader } from "./npy-header";
import { parseNpyDescription } from "./npy-kinds";
import { type ReadOptions, type ReadSettings, readSettings } from "./options";
import type { RawTensor } from "./raw";
import { quote, refuse } from "./refuse";
import { toTensor } from "./tensors";
import { utf8 } from "./utf8";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
// Shapes of 64 axes take 1.4 kB; longer headers only describe structured types, which are not read.
const maxHeaderBytes = 65_535;

/**
 * Reads a NumPy array file (versions 1.0, 2.0 and 3.0, either byte order, either memory order).
 *
 * float16 comes as f32 (exact), int8, int16 and uint16 as i32, int64 and uint64 as `options.int64` says;
 * structured types, objects, complex numbers, dates and strings are refused.
 *
 * @param bytes - the whole file
 * @param options - `maxBytes` (default 2 GiB) and `int64` (default `"exact"`)
 * @throws ArgumentError naming the field, what was expected and what came
 * @example
 * const x = readNpy(await readFile("x.npy"));
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpy(bytes: Bytes, options?: ReadOptions): Tensor {
  const settings = readSettings("readNpy", options);
  return toTensor(readRawNpy(toBytes("readNpy", bytes), settings));
}

/** As `readNpy`, to a plain array. */
export function readRawNpy(file: Uint8Array, settings: ReadSettings): RawTensor {
  const { reader } = settings;
  const { start, end } = headerRange(reader, file);
  const header = parseNpyHeader(reader, utf8(reader, file.subarray(start, end)));
  const { kind, bigEndian } = parseNpyDescription(reader, header.descr);
  const count = elementCount(reader, "shape", header.shape);
  const data = file.subarray(end);
  if (data.length !== count * widthOf(kind)) {
    refuse({
      reader,
      field: "data",
      expected: `${count * widthOf(kind)} bytes for ${quote(header.descr)} [${header.shape.join(", ")}]`,
      came: `${data.length}`,
    });
  }
  const decoded = decodedBytes(kind, count, settings);
  if (decoded > settings.maxBytes) {
    refuse({
      reader,
      field: "array",
      expected: `at most ${settings.maxBytes} bytes`,
      came: `${decoded}`,
      advice: "raise options.maxBytes if the file is to be trusted",
    });
  }
  const stored = { bytes: data, kind, bigEndian, shape: header.shape, field: "data" };
  const raw = decodeElements(stored, settings);
  return header.fortranOrder ? fromFortranOrder(raw) : raw;
}

function headerRange(reader: string, file: Uint8Array): { start: number; end: number } {
  if (file.length < 10 || magic.some((byte, i) => file[i] !== byte)) {
    const came = `${file.length} bytes beginning [${file.subarray(0, 6).join(", ")}]`;
    refuse({ reader, field: "magic", expected: "\\x93NUMPY and a header", came });
  }
  const [major, minor] = [file[6] as number, file[7] as number];
  if (major < 1 || major > 3 || minor !== 0) {
    refuse({ reader, field: "version", expected: "1.0, 2.0 or 3.0", came: `${major}.${minor}` });
  }
  const start = major === 1 ? 10 : 12;
  const view = dataView(file);
  const length =
    major === 1 ? view.getUint16(8, true) : file.length < 12 ? Infinity : view.getUint32(8, true);
  const limit = Math.min(maxHeaderBytes, file.length - start);
  if (length > limit) {
    refuse({
      reader,
      field: "header length",
      expected: `at most ${Math.max(0, limit)} bytes in a file of ${file.length}`,
      came: `${length}`,
    });
  }
  return { start, end: start + length };
}
