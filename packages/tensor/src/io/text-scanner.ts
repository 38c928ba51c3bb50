import { quote, refuse } from "./refuse";

/**
 * A cursor over the text of a file's header, with the few tokens that such headers are made of.
 *
 * Each method consumes exactly one token or refuses the file, naming the position.
 */
export class TextScanner {
  readonly text: string;
  private readonly reader: string;
  private readonly spaces: string;
  private at: number = 0;

  /** @param spaces - the characters that may stand between tokens */
  constructor(reader: string, text: string, spaces: string) {
    this.reader = reader;
    this.text = text;
    this.spaces = spaces;
  }

  /** The next character after spaces, or `""` at the end. */
  peek(): string {
    while (this.at < this.text.length && this.spaces.includes(this.text[this.at] as string)) {
      this.at++;
    }
    return this.text[this.at] ?? "";
  }

  /** Consumes `token` if it comes next. */
  accept(token: string): boolean {
    this.peek();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Consumes `token`. */
  expect(token: string): void {
    if (!this.accept(token)) this.fail(quote(token));
  }

  /** Consumes a non-negative decimal integer without leading zeros, below 2⁵³. */
  integer(): number {
    this.peek();
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    const digits = this.text.slice(start, this.at);
    const value = Number(digits);
    const canonical = digits !== "" && (digits === "0" || digits[0] !== "0");
    if (!canonical || !Number.isSafeInteger(value)) {
      this.at = start;
      this.fail("a non-negative integer below 2^53");
    }
    return value;
  }

  /** Consumes a string between `mark` characters and returns it raw, escapes and marks included. */
  rawString(mark: string): string {
    this.expect(mark);
    const start = this.at - 1;
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at];
      if (character === "\\") this.at++;
      else if (character === mark) return this.text.slice(start, ++this.at);
    }
    this.at = start;
    return this.fail(`a closing ${mark}`);
  }

  /** Refuses anything but spaces up to the end. */
  end(): void {
    if (this.peek() !== "") this.fail("nothing more");
  }

  /** Refuses the header at the current position. */
  fail(expected: string): never {
    const came = this.peek() === "" ? "the end" : quote(this.text.slice(this.at, this.at + 20));
    return refuse({
      reader: this.reader,
      field: `header, character ${this.at}`,
      expected,
      came,
    });
  }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
