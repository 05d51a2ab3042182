/** A key or an index from the root of a document to a value in it. */
export type DocumentPath = readonly (string | number)[];

/** A JSON document read with comments and trailing commas, which remembers where everything stood. */
export interface JsoncDocument {
  readonly value: unknown;
  /** Offset of the key (in an object) or of the value (in an array) at this path; undefined where the document has no such path. */
  offsetOf(path: DocumentPath): number | undefined;
}

/** The text is no JSON. */
export class JsoncError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Throws JsoncError. Objects have no prototype, so that no key of the document means anything to the language. */
export function parseJsonc(text: string): JsoncDocument {
  const parser = new Parser(text);
  const value = parser.document();
  return { value, offsetOf: (path) => parser.offsets.get(keyOf(path)) };
}

const keyOf = (path: DocumentPath): string => JSON.stringify(path);
const MOST_DEPTH = 200;

class Parser {
  readonly offsets = new Map<string, number>();
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\uFEFF')) this.#at = 1;
  }

  document(): unknown {
    this.#skipBlank();
    this.offsets.set(keyOf([]), this.#at);
    const value = this.#value();
    this.#skipBlank();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): unknown {
    if (this.#path.length > MOST_DEPTH) throw new JsoncError('nested too deeply', this.#at);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      default:
        return this.#literal();
    }
  }

  #object(): Record<string, unknown> {
    const object = Object.create(null) as Record<string, unknown>;
    this.#list('}', () => {
      const start = this.#at;
      if (this.#text[this.#at] !== '"') throw this.#unexpected();
      const key = this.#string();
      this.#skipBlank();
      this.#expect(':');
      this.#skipBlank();
      if (key in object) throw new JsoncError(`"${key}" stands here twice`, start);
      object[key] = this.#inside(key, start);
    });
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#list(']', () => array.push(this.#inside(array.length, this.#at)));
    return array;
  }

  #inside(key: string | number, offset: number): unknown {
    this.#path.push(key);
    this.offsets.set(keyOf(this.#path), offset);
    const value = this.#value();
    this.#path.pop();
    return value;
  }

  /** From the opening bracket to `close`, with an optional comma before it. */
  #list(close: string, item: () => void): void {
    this.#at++;
    for (;;) {
      this.#skipBlank();
      if (this.#text[this.#at] === close) break;
      item();
      this.#skipBlank();
      if (this.#text[this.#at] !== ',') break;
      this.#at++;
    }
    this.#expect(close);
  }

  #string(): string {
    const start = this.#at++;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"' && this.#text[this.#at] !== '\n') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#expect('"');
    return this.#native(start) as string;
  }

  #literal(): unknown {
    const start = this.#at;
    while (/[\w.+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#at === start) throw this.#unexpected();
    return this.#native(start);
  }

  #native(start: number): unknown {
    const token = this.#text.slice(start, this.#at);
    try {
      return JSON.parse(token) as unknown;
    } catch {
      throw new JsoncError(`${token} is no JSON value`, start);
    }
  }

  #skipBlank(): void {
    for (;;) {
      while (/[\s\uFEFF]/.test(this.#text[this.#at] ?? '')) this.#at++;
      if (this.#text.startsWith('//', this.#at)) this.#skipPast('\n');
      else if (this.#text.startsWith('/*', this.#at)) this.#skipPast('*/');
      else return;
    }
  }

  #skipPast(mark: string): void {
    const end = this.#text.indexOf(mark, this.#at + 2);
    this.#at = end < 0 ? this.#text.length : end + mark.length;
  }

  #expect(char: string): void {
    if (this.#text[this.#at] !== char) throw this.#unexpected(` (expected ${char})`);
    this.#at++;
  }

  #unexpected(expectation = ''): JsoncError {
    const char = this.#text[this.#at];
    return new JsoncError(char === undefined ? `the text ends too early${expectation}` : `unexpected ${char}${expectation}`, this.#at);
  }
}
