import { gzipSync } from "fflate";
import type { Tensor } from "../tensor";
import { concatBytes, dataView } from "./bytes";
import { encodeElements } from "./encode-elements";
import { idxCodeOf } from "./idx-kinds";
import type { RawTensor } from "./raw";
import { refuse } from "./refuse";
import { fromTensor } from "./tensors";

const writer = "writeIdx";

/** How an IDX file is written. */
export interface WriteIdxOptions {
  /** Whether the file is gzipped; default false. */
  readonly gzip?: boolean | undefined;
}

/**
 * Writes an IDX file.
 *
 * @param x - u8, i32, f32 or f64, at most 255 axes of fewer than 2³² elements
 * @param options - `gzip`, default false
 * @throws ArgumentError for `bool` and `u32`, which the format lacks
 * @example
 * await writeFile("labels-idx1-ubyte.gz", writeIdx(labels, { gzip: true }));
 */
export function writeIdx(x: Tensor, options: WriteIdxOptions = {}): Uint8Array {
  return writeRawIdx(fromTensor(writer, x), options);
}

/** As `writeIdx`, from a plain array. */
function writeRawIdx(raw: RawTensor, options: WriteIdxOptions = {}): Uint8Array {
  const code = idxCodeOf(raw.dtype);
  if (code === undefined) {
    return refuse({
      reader: writer,
      field: "dtype",
      expected: "u8, i32, f32 or f64, the types of the format",
      came: raw.dtype,
      advice: "cast it to one of these first",
    });
  }
  if (raw.shape.length > 255 || raw.shape.some((extent) => extent >= 2 ** 32)) {
    const expected = "at most 255 axes of fewer than 2^32 elements";
    refuse({ reader: writer, field: "shape", expected, came: `[${raw.shape.join(", ")}]` });
  }
  const header = new Uint8Array(4 + 4 * raw.shape.length);
  header.set([0, 0, code, raw.shape.length]);
  const view = dataView(header);
  raw.shape.forEach((extent, axis) => {
    view.setUint32(4 + 4 * axis, extent);
  });
  const bytes = concatBytes([header, encodeElements(raw, true)]);
  return options.gzip ? gzipSync(bytes, { level: 6, mtime: 0 }) : bytes;
}
