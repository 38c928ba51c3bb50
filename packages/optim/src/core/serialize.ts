import { ArgumentError, isTensor, type Tensor } from "@x/tensor";
import { type Bytes, readSafetensors, writeSafetensors } from "@x/tensor/io";

const metadataName = "@x/optim tree";

/** JSON of a tree: tensors by the name under which the file has them. */
type Coded =
  | null
  | number
  | string
  | boolean
  | { readonly tensor: string }
  | { readonly number: string }
  | { readonly list: readonly Coded[] }
  | { readonly record: readonly (readonly [string, Coded])[] }
  | { readonly absent: true };

/**
 * A tree of tensors, numbers and texts as bytes: a safetensors file with the structure in its metadata.
 *
 * Everything comes back bit by bit, also NaN, infinities, −0 and empty tensors, so a run that goes on from
 * {@link deserialize} equals the uninterrupted one.
 *
 * @param tree - parameters, states or both
 * @throws ArgumentError for leaves other than tensors, numbers, texts and booleans, naming the path; for tensors
 *   of a device, which `await t.to("cpu")` copies
 * @example
 * const bytes = serialize({ params, state });
 * const { params, state } = deserialize(bytes);
 */
export function serialize(tree: unknown): Uint8Array {
  const tensors: Record<string, Tensor> = {};
  const encode = (node: unknown, path: readonly string[]): Coded => {
    if (node === null || typeof node === "string" || typeof node === "boolean") return node;
    if (node === undefined) return { absent: true };
    if (typeof node === "number") {
      return Number.isFinite(node) && !Object.is(node, -0)
        ? node
        : { number: Object.is(node, -0) ? "-0" : String(node) };
    }
    if (isTensor(node)) {
      let name = path.join(".");
      // Keys may have dots themselves.
      while (name in tensors) name += "'";
      tensors[name] = node;
      return { tensor: name };
    }
    if (Array.isArray(node)) {
      return { list: node.map((child, i) => encode(child, [...path, String(i)])) };
    }
    const prototype = Object.getPrototypeOf(node) as unknown;
    if (typeof node !== "object" || (prototype !== Object.prototype && prototype !== null)) {
      throw new ArgumentError(
        `serialize: expected tensors, numbers, texts and booleans; ${path.join(".")} is a ${typeof node}`,
        { path },
      );
    }
    return { record: Object.entries(node).map(([k, v]) => [k, encode(v, [...path, k])]) };
  };
  const structure = JSON.stringify(encode(tree, []));
  try {
    return writeSafetensors(tensors, { metadata: { [metadataName]: structure } });
  } catch (error) {
    // Tensors that cannot be read now, of a device or donated, are reported by the method that reads.
    if (!(error instanceof ArgumentError) || !error.message.startsWith("dataSync: ")) throw error;
    throw new ArgumentError(error.message.replace("dataSync", "serialize"));
  }
}

/**
 * The tree that {@link serialize} wrote.
 *
 * @throws ArgumentError when the bytes are no such file
 */
export function deserialize<T = unknown>(bytes: Bytes): T {
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata[metadataName];
  if (text === undefined) {
    throw new ArgumentError(
      `deserialize: expected a file written by serialize; its metadata lacks "${metadataName}"`,
    );
  }
  const decode = (coded: Coded): unknown => {
    if (coded === null || typeof coded !== "object") return coded;
    if ("absent" in coded) return undefined;
    if ("number" in coded) return Number(coded.number);
    if ("list" in coded) return coded.list.map(decode);
    if ("record" in coded) {
      return Object.fromEntries(coded.record.map(([k, v]) => [k, decode(v)]));
    }
    const found = tensors[coded.tensor];
    if (found === undefined) {
      throw new ArgumentError(
        `deserialize: expected a tensor named ${coded.tensor}; it is missing`,
      );
    }
    return found;
  };
  return decode(JSON.parse(text) as Coded) as T;
}
