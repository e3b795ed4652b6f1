// NumPy's .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): one array in a file, read
// without running anything and written in one step. It must not know checkpoints.
import { endianness } from "node:os";
import { fromBytes, type TensorOptions } from "../create.js";
import { type DType, bytesOf } from "../dtype.js";
import { ArgumentError, DTypeError, GradtapeError, shapeText, expectOptions } from "../errors.js";
import { Tensor } from "../tensor.js";
import { writeFileAtomic } from "./atomicFile.js";
import { type NpyHeader, formatNpyHeader, parseNpyHeader } from "./npyHeader.js";
import { withRegularFile } from "./regularFile.js";
import type { Refuse } from "./safetensorsHeader.js";

/** A file that is no .npy file of a dtype that tensors here can have, or one that is cut or damaged. */
export class NpyError extends GradtapeError {
  static {
    this.prototype.name = "NpyError";
  }

  constructor(
    readonly file: string,
    /** "expected …, got …", and the remedy when one is known. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`loadNpy: ${reason}, in ${file}`, options);
  }
}

/** NumPy's names without the byte order. bfloat16 is none of NumPy's own. */
const names: Readonly<Partial<Record<DType, string>>> = {
  float32: "f4",
  float64: "f8",
  float16: "f2",
  int8: "i1",
  uint8: "u1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  bool: "b1",
};
const byName = new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));

const magic = Buffer.from("\x93NUMPY", "latin1");
/** NumPy writes fewer than 1,000 bytes for arrays of numbers; it refuses more than 10,000 itself. */
const longestHeader = 65_536;
/** TensorFlow's tensors have no more. */
const mostDims = 254;

/**
 * Writes a tensor's values as NumPy does (numpy.save): format 1.0, little-endian, C order. Its history, device and
 * requiresGrad are not kept. The name is taken as it is: no ".npy" is added.
 * @throws {DTypeError} for bfloat16, which NumPy does not have
 * @throws {DiskFullError | WriteError} and leaves what was there
 */
export function saveNpy(file: string, tensor: Tensor): void {
  if (!(tensor instanceof Tensor)) {
    throw new ArgumentError(`saveNpy: expected a Tensor after the file's name, got ${typeof tensor}`);
  }
  const { dtype, shape } = tensor;
  const name = names[dtype];
  if (name === undefined) {
    throw new DTypeError(`saveNpy: expected a dtype that NumPy has, got ${dtype}; convert with .to("float32")`);
  }
  const descr = (bytesOf(dtype) === 1 ? "|" : "<") + name;
  const text = formatNpyHeader({ descr, fortranOrder: false, shape });
  // As NumPy: room for the digits of more rows, a line break, and data from a multiple of 64 bytes on.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const length = Math.ceil((10 + text.length + room + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10 + length, " ");
  magic.copy(head);
  head.writeUInt16LE(1, 6); // version 1.0: bytes 1 and 0
  head.writeUInt16LE(length, 8);
  head.write(text, 10, "latin1");
  head[head.length - 1] = 0x0a;
  const bytes = tensor.toBytes();
  writeFileAtomic(file, [head, bytes], head.length + bytes.length);
}

/**
 * Reads an array as a tensor (numpy.load): formats 1.0 to 3.0, either byte order, C or Fortran order. The dtype is the
 * file's; unsigned integers above uint8, complex numbers, texts, objects and records are refused.
 * @throws {NpyError} naming the file and what is wrong with it; nothing of it was taken
 */
export function loadNpy(file: string, options: Omit<TensorOptions, "dtype"> = {}): Tensor {
  expectOptions("loadNpy", options, '{ device: "cpu" }');
  const refuse: Refuse = (expected, got) => {
    throw new NpyError(file, `expected ${expected}, got ${got}`);
  };
  const { header, dtype, bytes } = readNpy(file, refuse);
  const values = inLittleEndian(bytes, dtype, header.descr);
  const ordered = header.fortranOrder ? inCOrder(values, header.shape, bytesOf(dtype)) : values;
  // TensorFlow takes other bytes in a bool for granted to be 0 or 1.
  const checked = dtype === "bool" ? ordered.map((byte) => (byte === 0 ? 0 : 1)) : ordered;
  return fromBytes(checked, header.shape, dtype, options);
}

interface NpyContents {
  readonly header: NpyHeader;
  readonly dtype: DType;
  readonly bytes: Uint8Array;
}

function readNpy(path: string, refuse: Refuse): NpyContents {
  try {
    return withRegularFile(path, refuse, ({ size, read }) => {
      if (size < 10) return refuse("at least 10 bytes", `a file of ${size}`);
      const first = Buffer.from(read(0, Math.min(12, size)));
      if (!first.subarray(0, 6).equals(magic)) return refuse("a .npy file", kindOf(first));
      const [major, minor] = [first[6], first[7]];
      if (major < 1 || major > 3 || minor !== 0) return refuse("format 1.0 to 3.0", `${major}.${minor}`);
      const start = major === 1 ? 10 : 12;
      if (size < start) return refuse(`at least ${start} bytes`, `a file of ${size}`);
      const length = major === 1 ? first.readUInt16LE(8) : first.readUInt32LE(8);
      if (length > longestHeader) return refuse(`a header of at most ${longestHeader} bytes`, `one of ${length}`);
      if (start + length > size) return refuse(`a header within the file's ${size} bytes`, `one of ${length}`);
      const text = Buffer.from(read(start, length)).toString(major === 3 ? "utf8" : "latin1");
      const header = parseNpyHeader(text, refuse);
      const dtype = dtypeOf(header.descr, refuse);
      const wanted = byteLength(header.shape, dtype, refuse);
      const there = size - start - length;
      if (wanted !== there) {
        return refuse(`${wanted} bytes of data for ${dtype} ${shapeText(header.shape)}`, String(there));
      }
      return { header, dtype, bytes: read(start + length, wanted) };
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof GradtapeError || code === undefined) throw error;
    const got = code === "ENOENT" ? "no such file" : `${code} from the file system`;
    throw new NpyError(path, `expected a .npy file, got ${got}`, { cause: error });
  }
}

function kindOf(first: Buffer): string {
  if (first.toString("latin1", 0, 4) === "PK\x03\x04") return "an archive (.npz?); unpack it first";
  return first[0] === 0x80 ? "a pickle of Python" : "another format";
}

function dtypeOf(descr: string, refuse: Refuse): DType {
  const dtype = /^[<>|=]/.test(descr) ? byName.get(descr.slice(1)) : undefined;
  // "|" says that there is no byte order, which only single bytes can have.
  if (dtype && (descr[0] !== "|" || bytesOf(dtype) === 1)) return dtype;
  const remedy = /^[<>|=][ubifc]\d+$/.test(descr) ? '; in Python, array.astype("float32") converts it' : "";
  return refuse(`a dtype of ${Object.keys(names).join(", ")}`, `${JSON.stringify(descr)}${remedy}`);
}

function byteLength(shape: readonly number[], dtype: DType, refuse: Refuse): number {
  if (shape.length > mostDims) return refuse(`at most ${mostDims} dimensions`, String(shape.length));
  let bytes = bytesOf(dtype);
  for (const size of shape) {
    bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) return refuse("sizes that fit a file", shapeText(shape.slice(0, 8)));
  }
  return bytes;
}

function inLittleEndian(bytes: Uint8Array, dtype: DType, descr: string): Uint8Array {
  const isBig = descr[0] === ">" || (descr[0] === "=" && endianness() === "BE");
  if (!isBig) return bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bytesOf(dtype)) {
    case 2:
      return buffer.swap16();
    case 4:
      return buffer.swap32();
    case 8:
      return buffer.swap64();
    default:
      return buffer;
  }
}

/** Elements whose first dim varies fastest, with their last dim varying fastest. */
function inCOrder(bytes: Uint8Array, shape: readonly number[], width: number): Uint8Array {
  if (shape.length < 2 || bytes.length === 0) return bytes;
  const from = elementsOf(bytes, width);
  const out = new Uint8Array(bytes.length);
  const to = elementsOf(out, width);
  const strides: number[] = [];
  shape.reduce((stride, size) => (strides.push(stride), stride * size), 1);
  const index = new Array<number>(shape.length).fill(0);
  let place = 0;
  for (let i = 0; i < to.length; i++) {
    to[i] = from[place];
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      place += strides[dim];
      if (++index[dim] < shape[dim]) break;
      place -= strides[dim] * shape[dim];
      index[dim] = 0;
    }
  }
  return out;
}

/** Bytes as whole elements, whatever these mean. */
function elementsOf(bytes: Uint8Array, width: number): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  const { buffer, byteOffset, byteLength: length } = bytes;
  switch (width) {
    case 1:
      return bytes;
    case 2:
      return new Uint16Array(buffer, byteOffset, length / 2);
    case 4:
      return new Uint32Array(buffer, byteOffset, length / 4);
    default:
      // Not as float64: V8 may change the bits of a NaN that passes through a number.
      return new BigUint64Array(buffer, byteOffset, length / 8);
  }
}
