import type { Tensor } from "../tensor";
import { type Bytes, dataView, toBytes } from "./bytes";
import { decodedBytes, decodeElements } from "./decode-elements";
import { widthOf } from "./element-kinds";
import { elementCount } from "./extents";
import { gunzip, isGzip } from "./gunzip";
import { kindOfIdx } from "./idx-kinds";
import { type ReadOptions, readSettings } from "./options";
import type { RawTensor } from "./raw";
import { refuse } from "./refuse";
import { toTensor } from "./tensors";

const reader = "readIdx";

/**
 * Reads an IDX file, the format of the MNIST digits, plain or gzipped.
 *
 * u8, i32, f32 and f64 come as they are, i8 and i16 as i32.
 *
 * @param bytes - the whole file; gzip is recognised by its first two bytes
 * @param options - `maxBytes`, for the expanded file and for the array (default 2 GiB)
 * @throws ArgumentError naming the field, what was expected and what came
 * @example
 * const images = readIdx(await readFile("t10k-images-idx3-ubyte.gz")); // u8 [10000, 28, 28]
 * @see http://yann.lecun.com/exdb/mnist/, "The IDX file format"
 */
export function readIdx(bytes: Bytes, options?: ReadOptions): Tensor {
  return toTensor(readRawIdx(bytes, options));
}

/** As `readIdx`, to a plain array. */
function readRawIdx(bytes: Bytes, options?: ReadOptions): RawTensor {
  const settings = readSettings(reader, options);
  const given = toBytes(reader, bytes);
  const file = isGzip(given) ? gunzip(given, settings) : given;
  const { kind, shape, dataStart } = readHeader(file);
  const count = elementCount(reader, "extents", shape);
  const width = widthOf(kind);
  const data = file.subarray(dataStart);
  if (data.length !== count * width) {
    refuse({
      reader,
      field: "data",
      expected: `${count * width} bytes for ${kind} [${shape.join(", ")}]`,
      came: `${data.length}`,
      advice: data.length < count * width ? "the file is cut short" : "bytes follow the array",
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
  return decodeElements({ bytes: data, kind, bigEndian: true, shape, field: "data" }, settings);
}

function readHeader(file: Uint8Array): {
  kind: NonNullable<ReturnType<typeof kindOfIdx.get>>;
  shape: number[];
  dataStart: number;
} {
  const kind = kindOfIdx.get(file[2] ?? -1);
  if (file.length < 4 || file[0] !== 0 || file[1] !== 0 || kind === undefined) {
    return refuse({
      reader,
      field: "magic number",
      expected: "0, 0, a type (8, 9, 11, 12, 13 or 14) and the number of axes",
      came: `[${file.subarray(0, 4).join(", ")}]`,
      advice: "the file is not IDX",
    });
  }
  const rank = file[3] as number;
  const dataStart = 4 + 4 * rank;
  if (file.length < dataStart) {
    const expected = `${dataStart} bytes for ${rank} axes`;
    refuse({ reader, field: "header", expected, came: `a file of ${file.length}` });
  }
  const view = dataView(file);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { kind, shape, dataStart };
}
