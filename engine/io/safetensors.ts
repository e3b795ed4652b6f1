// The safetensors format (https://huggingface.co/docs/safetensors): bytes in, named views out, and back, byte for byte
// as the reference library writes them. It must not know Tensors or what the metadata mean.
import { ArgumentError, GradtapeError, shapeText } from "../errors.js";
import { withRegularFile } from "./regularFile.js";
import { byteLengthOf, compareDTypes, type SafetensorsDType } from "./safetensorsDType.js";
import { parseHeader, type Header, type HeaderTensor, type Refuse } from "./safetensorsHeader.js";

export interface SafetensorsTensor {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

export interface Safetensors {
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A tensor to be written; its bytes may be made when their turn comes, so that not all need to be in memory at once. */
export interface TensorSource extends Omit<SafetensorsTensor, "bytes"> {
  readonly bytes: Uint8Array | (() => Uint8Array);
}

/** A file in the making: its size is known before any tensor's bytes are. */
export interface SafetensorsFile {
  readonly byteLength: number;
  readonly chunks: () => Iterable<Uint8Array>;
}

/** A file that is not what the safetensors format allows: cut, damaged, or something else. Nothing of it was taken. */
export class SafetensorsError extends GradtapeError {
  override name = "SafetensorsError";

  constructor(
    readonly file: string,
    /** "expected …, got …". */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `safetensors: ${reason}, in ${file}. The file is cut, damaged or of another format; take another copy`,
      options,
    );
  }
}

/** The reference library refuses longer headers. */
const longestHeader = 100_000_000;

/**
 * Reads a whole file that is in memory.
 * @param file the contents; the tensors' bytes are views into it
 * @param name of the file, for errors
 * @throws {SafetensorsError}
 */
export function parseSafetensors(file: Uint8Array, name: string): Safetensors {
  const refuse = refuseFor(name);
  const headerLength = headerLengthOf(file.subarray(0, 8), file.byteLength, refuse);
  const data = file.subarray(8 + headerLength);
  const header = readHeader(file.subarray(8, 8 + headerLength), data.byteLength, refuse);
  return withBytes(header, ({ begin, end }) => data.subarray(begin, end));
}

/**
 * Reads a file from disk, each tensor into memory of its own: no file is too large, and none of a refused file is read
 * beyond its header.
 * @throws {SafetensorsError} for its contents; Node's error when it cannot be read
 */
export function readSafetensors(path: string): Safetensors {
  const refuse = refuseFor(path);
  return withRegularFile(path, refuse, ({ size, read }) => {
    const headerLength = headerLengthOf(read(0, Math.min(8, size)), size, refuse);
    const start = 8 + headerLength;
    const header = readHeader(read(8, headerLength), size - start, refuse);
    return withBytes(header, ({ begin, end }) => read(start + begin, end - begin));
  });
}

/**
 * Lays out a file: tensors sorted as the reference library does (widest dtype first, then by name), data from a
 * multiple of 8 bytes on.
 * @throws {ArgumentError} for a name that the format cannot hold, or bytes that do not fit the shape
 */
export function layOutSafetensors(
  tensors: Iterable<readonly [name: string, tensor: TensorSource]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): SafetensorsFile {
  const sorted = [...tensors].sort(([a, x], [b, y]) => compareDTypes(x.dtype, y.dtype) || compareUtf8(a, b));
  const header: string[] = [];
  const described = [...metadata].map(([key, value]) => `${quote(key)}:${quote(value)}`);
  if (described.length > 0) header.push(`"__metadata__":{${described.join(",")}}`);

  const sizes: number[] = [];
  let offset = 0;
  let previous: string | undefined;
  for (const [name, { dtype, shape }] of sorted) {
    if (name === "__metadata__" || name === previous) {
      throw new ArgumentError(
        `safetensors: expected names that differ from each other and from __metadata__, got ${name}`,
      );
    }
    previous = name;
    const size = shape.every((n) => Number.isSafeInteger(n) && n >= 0) ? byteLengthOf(dtype, shape) : undefined;
    if (size === undefined) {
      throw new ArgumentError(
        `safetensors: expected a shape of whole bytes for ${name}, got ${dtype} ${shapeText(shape)}`,
      );
    }
    const place = `"data_offsets":[${offset},${offset + size}]`;
    header.push(`${quote(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],${place}}`);
    sizes.push(size);
    offset += size;
  }
  const head = encodeHeader(`{${header.join(",")}}`);
  return { byteLength: head.byteLength + offset, chunks: () => chunksOf(head, sorted, sizes) };
}

function* chunksOf(head: Uint8Array, tensors: readonly (readonly [string, TensorSource])[], sizes: readonly number[]) {
  yield head;
  for (const [index, [name, { bytes }]] of tensors.entries()) {
    const chunk = typeof bytes === "function" ? bytes() : bytes;
    if (chunk.byteLength !== sizes[index]) {
      throw new ArgumentError(`safetensors: expected ${sizes[index]} bytes for ${name}, got ${chunk.byteLength}`);
    }
    yield chunk;
  }
}

/** The length, the text, and spaces up to a multiple of 8 bytes. */
function encodeHeader(text: string): Uint8Array {
  const json = Buffer.from(text, "utf8");
  if (json.byteLength > longestHeader - 8) {
    throw new ArgumentError(
      `safetensors: expected names and metadata below ${longestHeader} bytes, got ${json.byteLength}`,
    );
  }
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const head = Buffer.alloc(8 + padded, " ");
  head.writeBigUInt64LE(BigInt(padded));
  head.set(json, 8);
  return head;
}

function quote(text: string): string {
  if (/\p{Surrogate}/u.test(text)) {
    throw new ArgumentError(`safetensors: expected Unicode text, got half a surrogate pair in ${JSON.stringify(text)}`);
  }
  return JSON.stringify(text);
}

/** By code points, as the reference library sorts; JavaScript's own order is by UTF-16 units. */
const compareUtf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));

function headerLengthOf(first: Uint8Array, fileSize: number, refuse: Refuse): number {
  if (first.byteLength < 8) refuse("at least 8 bytes", `a file of ${first.byteLength}`);
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) refuse(`a header of at most ${longestHeader} bytes`, `one of ${length}`);
  if (8 + Number(length) > fileSize) refuse(`a header within the file's ${fileSize} bytes`, `one of ${length}`);
  return Number(length);
}

function readHeader(bytes: Uint8Array, dataLength: number, refuse: Refuse): Header {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("a header in UTF-8", "other bytes");
  }
  const header = parseHeader(text, refuse);
  requireExactCover(header.tensors, dataLength, refuse);
  return header;
}

/** The tensors' bytes lie one after another, without overlaps or gaps, and are all of the data. */
function requireExactCover(tensors: ReadonlyMap<string, HeaderTensor>, dataLength: number, refuse: Refuse): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { dtype, shape, begin, end }] of inOrder) {
    const of = `tensor ${JSON.stringify(name)}`;
    if (begin !== covered) refuse(`data of ${of} from byte ${covered} on`, `from ${begin}`);
    const size = byteLengthOf(dtype, shape);
    if (size === undefined) refuse(`a shape of whole bytes for ${of}`, `${dtype} ${shapeText(shape)}`);
    if (end - begin !== size) refuse(`${size} bytes for ${of} (${dtype} ${shapeText(shape)})`, `${end - begin}`);
    covered = end;
  }
  if (covered !== dataLength) refuse(`${covered} bytes of data`, `${dataLength}`);
}

function withBytes(header: Header, bytesOf: (tensor: HeaderTensor) => Uint8Array): Safetensors {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of header.tensors) {
    tensors.set(name, { dtype: tensor.dtype, shape: tensor.shape, bytes: bytesOf(tensor) });
  }
  return { tensors, metadata: header.metadata };
}

const refuseFor =
  (file: string): Refuse =>
  (expected, got) => {
    throw new SafetensorsError(file, `expected ${shorten(expected)}, got ${shorten(got)}`);
  };

/** A hostile name or shape may be as long as the file. */
const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
