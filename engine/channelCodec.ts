// Messages as MessagePack: numbers, strings, maps, and typed arrays of every kind as bytes. Knows no message by name and
// no transport.
import { decode, encode, ExtensionCodec } from "@msgpack/msgpack";

/** Typed arrays by their extension number: the numbers are the wire format. Uint8Array is MessagePack's own binary. */
const arrayTypes = [
  [1, Float64Array],
  [2, Float32Array],
  [3, Int32Array],
  [4, Uint32Array],
  [5, Int16Array],
  [6, Uint16Array],
  [7, Int8Array],
  [8, Uint8ClampedArray],
  [9, BigInt64Array],
  [10, BigUint64Array],
] as const;

const codec = new ExtensionCodec();
for (const [type, ArrayType] of arrayTypes) {
  codec.register({
    type,
    encode: (value) =>
      value instanceof ArrayType ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null,
    decode: (bytes) => {
      if (bytes.byteLength % ArrayType.BYTES_PER_ELEMENT !== 0) throw new Error(`message: cut ${ArrayType.name}`);
      // A copy: the message's own bytes need not lie where the elements may begin. (A Buffer's `slice` copies nothing.)
      return new ArrayType(new Uint8Array(bytes).buffer);
    },
  });
}

/** A message as bytes. Fields that are undefined are left out. */
export const encodeMessage = (message: unknown): Uint8Array =>
  encode(message, { extensionCodec: codec, ignoreUndefined: true });

/** @throws when the bytes are no message. */
export const decodeMessage = (bytes: Uint8Array): unknown =>
  decode(bytes, {
    extensionCodec: codec,
    maxStrLength: bytes.byteLength,
    maxBinLength: bytes.byteLength,
    maxArrayLength: bytes.byteLength,
    maxMapLength: bytes.byteLength,
    maxExtLength: bytes.byteLength,
  });
