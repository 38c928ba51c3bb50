import { maxRank } from "./extents";
import { quote, refuse } from "./refuse";
import { TextScanner } from "./text-scanner";

/** One tensor's entry in a safetensors header, as written there. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A parsed safetensors header. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Parses the JSON of a safetensors header.
 *
 * The grammar is narrower than JSON (`{name: {dtype, shape, data_offsets}}` and one map of strings), and
 * duplicate keys, which `JSON.parse` would hide, are refused.
 *
 * @throws ArgumentError at the first character that does not belong
 * @see https://huggingface.co/docs/safetensors/index#format
 */
export function parseSafetensorsHeader(reader: string, text: string): SafetensorsHeader {
  const scanner = new TextScanner(reader, text, " \t\n\r");
  const entries: SafetensorsEntry[] = [];
  let metadata: Map<string, string> = new Map();
  if (!text.startsWith("{")) scanner.fail('"{"');
  object(scanner, reader, (name) => {
    if (name === "__metadata__") metadata = metadataOf(scanner, reader);
    else entries.push(entryOf(scanner, reader, name));
  });
  scanner.end();
  return { entries, metadata };
}

function metadataOf(scanner: TextScanner, reader: string): Map<string, string> {
  const metadata = new Map<string, string>();
  object(scanner, reader, (key) => metadata.set(key, jsonString(scanner)));
  return metadata;
}

function entryOf(scanner: TextScanner, reader: string, name: string): SafetensorsEntry {
  const fields: { dtype?: string; shape?: number[]; offsets?: number[] } = {};
  object(scanner, reader, (key) => {
    if (key === "dtype") fields.dtype = jsonString(scanner);
    else if (key === "shape") fields.shape = integers(scanner, maxRank);
    else if (key === "data_offsets") fields.offsets = integers(scanner, 2);
    else scanner.fail(`a value after one of dtype, shape, data_offsets (the key is ${quote(key)})`);
  });
  const { dtype, shape, offsets } = fields;
  const [begin, end] = offsets ?? [];
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
    return refuse({
      reader,
      field: `tensor ${quote(name)}`,
      expected: "dtype, shape and two data_offsets",
      came: `dtype ${dtype}, shape ${shape}, data_offsets ${offsets}`,
    });
  }
  return { name, dtype, shape, begin, end };
}

/** Consumes the members of an object, each key once. */
function object(scanner: TextScanner, reader: string, member: (key: string) => void): void {
  const keys = new Set<string>();
  scanner.expect("{");
  if (scanner.accept("}")) return;
  do {
    const key = jsonString(scanner);
    if (keys.has(key)) {
      refuse({ reader, field: "header", expected: "each key once", came: `${quote(key)} twice` });
    }
    keys.add(key);
    scanner.expect(":");
    member(key);
  } while (scanner.accept(","));
  scanner.expect("}");
}

function integers(scanner: TextScanner, most: number): number[] {
  const values: number[] = [];
  scanner.expect("[");
  if (scanner.accept("]")) return values;
  do {
    if (values.length === most) scanner.fail(`at most ${most} integers`);
    values.push(scanner.integer());
  } while (scanner.accept(","));
  scanner.expect("]");
  return values;
}

function jsonString(scanner: TextScanner): string {
  const raw = scanner.rawString('"');
  let value: string;
  try {
    value = JSON.parse(raw) as string;
  } catch {
    return scanner.fail(`well-formed JSON before this (${quote(raw)} is not)`);
  }
  // A lone surrogate cannot be written back as UTF-8.
  if (/\p{Surrogate}/u.test(value)) {
    scanner.fail(`Unicode text before this (${quote(raw)} is not)`);
  }
  return value;
}
