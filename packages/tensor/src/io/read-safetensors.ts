import type { Tensor } from "../tensor";
import { type Bytes, dataView, toBytes } from "./bytes";
import { decodedBytes, decodeElements } from "./decode-elements";
import { type ElementKind, widthOf } from "./element-kinds";
import { elementCount } from "./extents";
import { type ReadOptions, type ReadSettings, readSettings } from "./options";
import type { RawTensor } from "./raw";
import { quote, refuse } from "./refuse";
import { parseSafetensorsHeader, type SafetensorsEntry } from "./safetensors-header";
import { kindOfSafetensors } from "./safetensors-kinds";
import { toTensors } from "./tensors";
import { utf8 } from "./utf8";

const reader = "readSafetensors";
const maxHeaderBytes = 100_000_000;

/** What a safetensors file holds. */
export interface Safetensors {
  /** The arrays by name, in the order of the header; no prototype, so that any name is safe. */
  readonly tensors: Record<string, Tensor>;
  /** The free-form text of the header; empty if it has none; no prototype. */
  readonly metadata: Record<string, string>;
}

/**
 * Reads a safetensors file.
 *
 * F32, F64, I32, U32, U8 and BOOL come as they are, F16 and BF16 as f32 (exact), I8, I16 and U16 as i32,
 * I64 and U64 as `options.int64` says. The arrays are copies; nothing is returned unless every length,
 * offset and name of the header holds.
 *
 * @param bytes - the whole file
 * @param options - `maxBytes` (default 2 GiB) and `int64` (default `"exact"`)
 * @throws ArgumentError naming the field, what was expected and what came
 * @example
 * const { tensors, metadata } = readSafetensors(new Uint8Array(await response.arrayBuffer()));
 * @see https://huggingface.co/docs/safetensors/index#format
 */
export function readSafetensors(bytes: Bytes, options?: ReadOptions): Safetensors {
  const { arrays, metadata } = readRawSafetensors(bytes, options);
  const texts: Record<string, string> = Object.create(null);
  for (const [key, value] of metadata) texts[key] = value;
  return { tensors: toTensors(arrays), metadata: texts };
}

/** As `readSafetensors`, to plain arrays. */
function readRawSafetensors(
  bytes: Bytes,
  options?: ReadOptions,
): { arrays: Map<string, RawTensor>; metadata: ReadonlyMap<string, string> } {
  const settings = readSettings(reader, options);
  const file = toBytes(reader, bytes);
  const headerEnd = 8 + headerLength(file);
  const header = parseSafetensorsHeader(reader, utf8(reader, file.subarray(8, headerEnd)));
  const data = file.subarray(headerEnd);
  const kinds = checkLayout(header.entries, data.length, settings);
  const arrays = new Map<string, RawTensor>();
  header.entries.forEach(({ name, shape, begin, end }, i) => {
    const stored = {
      bytes: data.subarray(begin, end),
      kind: kinds[i] as ElementKind,
      bigEndian: false,
      shape,
      field: `tensor ${quote(name)}`,
    };
    arrays.set(name, decodeElements(stored, settings));
  });
  return { arrays, metadata: header.metadata };
}

function headerLength(file: Uint8Array): number {
  const field = "header length";
  if (file.length < 8) {
    refuse({ reader, field, expected: "8 bytes", came: `a file of ${file.length}` });
  }
  const length = dataView(file).getBigUint64(0, true);
  const limit = Math.min(maxHeaderBytes, file.length - 8);
  if (length > BigInt(limit)) {
    refuse({
      reader,
      field,
      expected: `at most ${limit} bytes in a file of ${file.length}`,
      came: `${length}`,
      advice: "the file is cut short, or not safetensors",
    });
  }
  return Number(length);
}

/** Checks types, sizes and that the ranges tile the data without gap or overlap; returns the types. */
function checkLayout(
  entries: readonly SafetensorsEntry[],
  dataLength: number,
  settings: ReadSettings,
): ElementKind[] {
  let decoded = 0;
  const kinds = entries.map((entry) => {
    const { kind, count } = checkEntry(entry, dataLength);
    decoded += decodedBytes(kind, count, settings);
    return kind;
  });
  if (decoded > settings.maxBytes) {
    refuse({
      reader,
      field: "arrays",
      expected: `at most ${settings.maxBytes} bytes`,
      came: `${decoded}`,
      advice: "raise options.maxBytes if the file is to be trusted",
    });
  }
  let at = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== at) {
      refuse({
        reader,
        field: `tensor ${quote(entry.name)}, data_offsets`,
        expected: `data that begins at ${at}, where the one before ends`,
        came: `${entry.begin}`,
      });
    }
    at = entry.end;
  }
  if (at !== dataLength) {
    refuse({ reader, field: "data", expected: `${at} bytes`, came: `${dataLength}` });
  }
  return kinds;
}

function checkEntry(
  entry: SafetensorsEntry,
  dataLength: number,
): { kind: ElementKind; count: number } {
  const field = `tensor ${quote(entry.name)}`;
  const kind = kindOfSafetensors.get(entry.dtype);
  if (kind === undefined) {
    const known = [...kindOfSafetensors.keys()].join(", ");
    const came = quote(entry.dtype);
    return refuse({ reader, field: `${field}, dtype`, expected: `one of ${known}`, came });
  }
  const count = elementCount(reader, `${field}, shape`, entry.shape);
  const { begin, end } = entry;
  if (begin > end || end > dataLength) {
    refuse({
      reader,
      field: `${field}, data_offsets`,
      expected: `begin <= end <= ${dataLength}, the bytes there are`,
      came: `[${begin}, ${end}]`,
    });
  }
  if (end - begin !== count * widthOf(kind)) {
    refuse({
      reader,
      field: `${field}, data_offsets`,
      expected: `${count * widthOf(kind)} bytes for ${entry.dtype} [${entry.shape.join(", ")}]`,
      came: `${end - begin}`,
    });
  }
  return { kind, count };
}
