import { ArgumentError } from "../errors";

/** What a refusal says: the reader or writer, the field it stopped at, and both sides of the mismatch. */
export interface Refusal {
  readonly reader: string;
  readonly field: string;
  readonly expected: string;
  readonly came: string;
  readonly advice?: string;
}

/** Throws the `ArgumentError` of a file (or of an argument to a writer) that cannot be accepted. */
export function refuse(refusal: Refusal): never {
  const { reader, field, expected, came, advice } = refusal;
  const tail = advice === undefined ? "" : `; ${advice}`;
  throw new ArgumentError(`${reader}: ${field}: expected ${expected}; got ${came}${tail}`, {
    ...refusal,
  });
}

/** Quotes text that came out of a file, shortened so that a hostile name cannot flood a log. */
export function quote(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(short);
}
