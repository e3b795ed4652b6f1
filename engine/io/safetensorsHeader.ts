// The JSON header of a safetensors file, read strictly: only what the format allows, each key once. Nothing is built
// for text that the format does not have, so a hostile header costs no more memory than its own length.
// It must not know where the data lie or whether they are there.
import { isSafetensorsDType, type SafetensorsDType } from "./safetensorsDType.js";

export interface HeaderTensor {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Offsets in bytes from the end of the header; not checked against anything yet. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly tensors: ReadonlyMap<string, HeaderTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Ends the reading with the caller's error. */
export type Refuse = (expected: string, got: string) => never;

export function parseHeader(text: string, refuse: Refuse): Header {
  const reader = new HeaderReader(text, refuse);
  const tensors = new Map<string, HeaderTensor>();
  let metadata: ReadonlyMap<string, string> | undefined;
  if (text[0] !== "{") refuse("a header that begins with {", describe(text[0]));
  reader.object((name) => {
    if (name === "__metadata__") {
      if (metadata) refuse("__metadata__ once", "it twice");
      metadata = readMetadata(reader, refuse);
    } else {
      if (tensors.has(name)) refuse("each tensor once", `${JSON.stringify(name)} twice`);
      tensors.set(name, readTensor(name, reader, refuse));
    }
  });
  reader.end();
  return { tensors, metadata: metadata ?? new Map<string, string>() };
}

function readMetadata(reader: HeaderReader, refuse: Refuse): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  reader.object((key) => {
    if (metadata.has(key)) refuse("each key of __metadata__ once", `${JSON.stringify(key)} twice`);
    metadata.set(key, reader.string(`a string as __metadata__ ${JSON.stringify(key)}`));
  });
  return metadata;
}

function readTensor(name: string, reader: HeaderReader, refuse: Refuse): HeaderTensor {
  const of = `of tensor ${JSON.stringify(name)}`;
  let dtype: SafetensorsDType | undefined;
  let shape: readonly number[] | undefined;
  let offsets: readonly number[] | undefined;
  reader.object((field) => {
    if (field === "dtype" && !dtype) {
      const given = reader.string(`a string as dtype ${of}`);
      if (!isSafetensorsDType(given)) return refuse(`a known dtype ${of}`, JSON.stringify(given));
      dtype = given;
    } else if (field === "shape" && !shape) {
      shape = reader.integers(`sizes >= 0 in the shape ${of}`);
    } else if (field === "data_offsets" && !offsets) {
      offsets = reader.integers(`data_offsets >= 0 ${of}`);
      if (offsets.length !== 2) refuse(`two data_offsets ${of}`, String(offsets.length));
    } else {
      refuse(`dtype, shape and data_offsets ${of}, each once`, JSON.stringify(field));
    }
  });
  if (!dtype || !shape || !offsets) {
    const missing = !dtype ? "dtype" : !shape ? "shape" : "data_offsets";
    return refuse(`dtype, shape and data_offsets ${of}`, `no ${missing}`);
  }
  return { dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** A position in the text that only moves forward. */
class HeaderReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly refuse: Refuse,
  ) {}

  object(onKey: (key: string) => void): void {
    this.sequence("{", "}", () => {
      const key = this.string("a string as key");
      this.take(":");
      onKey(key);
    });
  }

  integers(expected: string): readonly number[] {
    const values: number[] = [];
    this.sequence("[", "]", () => values.push(this.integer(expected)));
    return values;
  }

  string(expected: string): string {
    this.skipSpace();
    const start = this.at;
    if (this.text[start] !== '"') this.fail(expected);
    let end = start;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end < 0) this.refuse("strings with an end", `none for the one at position ${start} of the header`);
    } while (this.isEscaped(end));
    this.at = end + 1;
    let value: unknown;
    try {
      value = JSON.parse(this.text.slice(start, end + 1));
    } catch {
      return this.refuse("strings as JSON writes them", `another at position ${start} of the header`);
    }
    if (/\p{Surrogate}/u.test(value as string)) {
      return this.refuse("strings of Unicode characters", `half a surrogate pair at position ${start} of the header`);
    }
    return value as string;
  }

  /** Nothing but the padding may follow: spaces, by the format; the reference library takes other white space too. */
  end(): void {
    this.skipSpace();
    const other = this.text[this.at];
    if (other !== undefined) this.refuse("only spaces after the header's last }", describe(other));
  }

  private integer(expected: string): number {
    this.skipSpace();
    const digits = /(?:0|[1-9][0-9]*)(?![0-9.eE])/y;
    digits.lastIndex = this.at;
    const match = digits.exec(this.text);
    if (!match) return this.fail(expected);
    const value = Number(match[0]);
    if (!Number.isSafeInteger(value)) return this.refuse(`${expected} below 2^53`, match[0].slice(0, 30));
    this.at = digits.lastIndex;
    return value;
  }

  private sequence(open: string, close: string, item: () => void): void {
    this.take(open);
    if (this.peek() === close) {
      this.at++;
      return;
    }
    for (;;) {
      item();
      if (this.peek() === close) {
        this.at++;
        return;
      }
      this.take(",");
    }
  }

  private take(character: string): void {
    if (this.peek() !== character) this.fail(character);
    this.at++;
  }

  private peek(): string | undefined {
    this.skipSpace();
    return this.text[this.at];
  }

  private skipSpace(): void {
    while (" \n\r\t".includes(this.text[this.at] ?? "x")) this.at++;
  }

  private isEscaped(at: number): boolean {
    let backslashes = 0;
    while (this.text[at - 1 - backslashes] === "\\") backslashes++;
    return backslashes % 2 === 1;
  }

  private fail(expected: string): never {
    return this.refuse(
      expected,
      `${describe(this.text.slice(this.at, this.at + 20))} at position ${this.at} of the header`,
    );
  }
}

const describe = (text: string | undefined): string => (text ? JSON.stringify(text) : "its end");
