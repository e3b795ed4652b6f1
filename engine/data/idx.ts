// The idx format of MNIST and its kin: two zero bytes, a dtype code, the number of dimensions, each dimension as a
// big-endian 32-bit number, then the elements, big-endian. It must not know any dataset.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import type { DType, TypedArray } from "../dtype.js";
import { GradtapeError, shapeText } from "../errors.js";
import { RawArray } from "./raw.js";

/** The element types that the format knows. */
export type IdxDType = Extract<DType, "uint8" | "int8" | "int16" | "int32" | "float32" | "float64">;

/** What is wrong with an idx file. */
export type IdxProblem = "magic" | "dtype" | "truncated" | "size" | "compression" | "tooLarge";

/** The bytes are no idx file, or not a whole one. */
export class IdxError extends GradtapeError {
  override name = "IdxError";
  constructor(
    readonly problem: IdxProblem,
    file: string,
    message: string,
  ) {
    super(`idx: ${file}: ${message}`);
  }
}

const dtypes: Readonly<Record<number, readonly [dtype: IdxDType, bytes: number] | undefined>> = {
  0x08: ["uint8", 1],
  0x09: ["int8", 1],
  0x0b: ["int16", 2],
  0x0c: ["int32", 4],
  0x0d: ["float32", 4],
  0x0e: ["float64", 8],
};

/** The most that one file may hold once it is decompressed, unless the caller says otherwise: 1 GiB. */
export const defaultMaxIdxBytes = 2 ** 30;

/**
 * Reads idx bytes. The header is believed only when it describes exactly the bytes that are there, so a wrong one costs
 * no memory. One-byte elements are not copied: the result looks into `bytes`.
 * @param file What error messages call the bytes.
 * @throws {IdxError} for anything that is not a whole idx file.
 */
export function parseIdx(bytes: Uint8Array, file: string): RawArray {
  if (bytes.length < 4)
    throw new IdxError("truncated", file, `expected a header of at least 4 bytes, got ${bytes.length}`);
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    const got = Array.from(bytes.subarray(0, 2), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const remedy = bytes[0] === 0x1f && bytes[1] === 0x8b ? "; it is still compressed with gzip" : "";
    throw new IdxError("magic", file, `expected two zero bytes at the start, got ${got}${remedy}`);
  }
  const known = dtypes[bytes[2]];
  if (known === undefined) {
    throw new IdxError("dtype", file, `expected a dtype code of 8, 9 or 11 to 14, got ${bytes[2]}`);
  }
  const [dtype, width] = known;
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (rank === 0) throw new IdxError("magic", file, "expected at least 1 dimension, got 0");
  if (bytes.length < start) {
    throw new IdxError(
      "truncated",
      file,
      `expected a header of ${start} bytes for ${rank} dimensions, got ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  // In BigInt, since 255 dimensions of 32 bits fit no number.
  const expected = shape.reduce((size, dim) => size * BigInt(dim), BigInt(width));
  const got = bytes.length - start;
  if (expected !== BigInt(got)) {
    throw new IdxError(
      BigInt(got) < expected ? "truncated" : "size",
      file,
      `expected ${expected} bytes of ${dtype} for the shape ${shapeText(shape)}, got ${got}`,
    );
  }
  return new RawArray(elements(bytes, view, start, dtype, width), shape, dtype);
}

/**
 * Reads an idx file, decompressing it when its name ends in `.gz`.
 * @throws {IdxError} when it is no idx file, when the compression is damaged, or when it holds more than `maxBytes`.
 */
export function readIdxFile(path: string, options: { readonly maxBytes?: number } = {}): RawArray {
  const bytes = readFileSync(path);
  const file = basename(path);
  return parseIdx(path.endsWith(".gz") ? decompress(bytes, file, options.maxBytes ?? defaultMaxIdxBytes) : bytes, file);
}

function decompress(bytes: Uint8Array, file: string, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: 1 << 18 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new IdxError("tooLarge", file, `expected at most ${maxBytes} bytes when decompressed, got more`);
    }
    throw new IdxError("compression", file, `expected a whole gzip file, got a damaged one (${message})`);
  }
}

function elements(bytes: Uint8Array, view: DataView, start: number, dtype: IdxDType, width: number): TypedArray {
  const length = (bytes.length - start) / width;
  const at = (i: number) => start + i * width;
  switch (dtype) {
    case "uint8":
      // Not bytes.subarray: of a Buffer that is a Buffer, whose own subarray is slow.
      return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
    case "int8":
      return new Int8Array(bytes.buffer, bytes.byteOffset + start, length);
    case "int16":
      return fill(new Int16Array(length), (i) => view.getInt16(at(i)));
    case "int32":
      return fill(new Int32Array(length), (i) => view.getInt32(at(i)));
    case "float32":
      return fill(new Float32Array(length), (i) => view.getFloat32(at(i)));
    case "float64":
      return fill(new Float64Array(length), (i) => view.getFloat64(at(i)));
  }
  dtype satisfies never;
}

function fill<Out extends Exclude<TypedArray, BigInt64Array>>(out: Out, read: (index: number) => number): Out {
  for (let i = 0; i < out.length; i++) out[i] = read(i);
  return out;
}
