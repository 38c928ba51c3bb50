import type { Tensor } from "../tensor";
import { concatBytes, dataView } from "./bytes";
import { encodeElements } from "./encode-elements";
import type { RawTensor } from "./raw";
import { quote, refuse } from "./refuse";
import { safetensorsName } from "./safetensors-kinds";
import { fromTensors } from "./tensors";

const writer = "writeSafetensors";

/** What a safetensors file may carry besides its arrays. */
export interface WriteSafetensorsOptions {
  /** Free-form text by name; default none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * Writes a safetensors file.
 *
 * The bytes depend on the contents alone: arrays are ordered as by the reference writer (wide element
 * types first, then by name), metadata by name. The data begins at a multiple of 8 bytes, and every
 * array at a multiple of its element's width.
 *
 * @param tensors - arrays by name; `__metadata__` is not a name
 * @param options - `metadata`, text by name
 * @throws ArgumentError for a name or text that UTF-8 cannot hold
 * @example
 * await writeFile("weights.safetensors", writeSafetensors({ w, b }, { metadata: { epoch: "3" } }));
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  options: WriteSafetensorsOptions = {},
): Uint8Array {
  const metadata = new Map(Object.entries(options.metadata ?? {}));
  return writeRawSafetensors(fromTensors(writer, tensors), metadata);
}

/** As `writeSafetensors`, from plain arrays. */
function writeRawSafetensors(
  arrays: ReadonlyMap<string, RawTensor>,
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const ordered = [...arrays].sort(
    ([nameA, a], [nameB, b]) =>
      safetensorsName(b.dtype).rank - safetensorsName(a.dtype).rank ||
      compareCodePoints(nameA, nameB),
  );
  const members = metadata.size === 0 ? [] : [metadataMember(metadata)];
  const parts: Uint8Array[] = [];
  let begin = 0;
  for (const [name, raw] of ordered) {
    const bytes = encodeElements(raw, false);
    const end = begin + bytes.length;
    const dtype = safetensorsName(raw.dtype).name;
    const entry = JSON.stringify({ dtype, shape: raw.shape, data_offsets: [begin, end] });
    members.push(`${JSON.stringify(checkName(name))}:${entry}`);
    parts.push(bytes);
    begin = end;
  }
  return concatBytes([...headerOf(`{${members.join(",")}}`), ...parts]);
}

function headerOf(text: string): Uint8Array[] {
  const encoded = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil(encoded.length / 8) * 8).fill(0x20);
  padded.set(encoded);
  if (padded.length > 100_000_000) {
    refuse({
      reader: writer,
      field: "header",
      expected: "at most 100000000 bytes, which readers accept",
      came: `${padded.length}`,
      advice: "use fewer or shorter names, or less metadata",
    });
  }
  const length = new Uint8Array(8);
  dataView(length).setUint32(0, padded.length, true);
  return [length, padded];
}

function metadataMember(metadata: ReadonlyMap<string, string>): string {
  const members = [...metadata]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([key, value]) => `${JSON.stringify(checkText(key))}:${JSON.stringify(checkText(value))}`);
  return `"__metadata__":{${members.join(",")}}`;
}

function checkName(name: string): string {
  if (name === "__metadata__") {
    refuse({
      reader: writer,
      field: "name",
      expected: "any name but the one the format reserves",
      came: quote(name),
      advice: "rename the tensor",
    });
  }
  return checkText(name);
}

function checkText(text: string): string {
  if (typeof text !== "string" || /\p{Surrogate}/u.test(text)) {
    refuse({
      reader: writer,
      field: "names and metadata",
      expected: "Unicode text",
      came: typeof text === "string" ? quote(text) : typeof text,
    });
  }
  return text;
}

/** The order of UTF-8 bytes, which is not that of UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const [pointsA, pointsB] = [[...a], [...b]];
  const n = Math.min(pointsA.length, pointsB.length);
  for (let i = 0; i < n; i++) {
    const difference =
      ((pointsA[i] as string).codePointAt(0) as number) -
      ((pointsB[i] as string).codePointAt(0) as number);
    if (difference !== 0) return difference;
  }
  return pointsA.length - pointsB.length;
}
