// Where bulk data lie on their way to another thread. It must not know what they are.
import type { TypedArray } from "../../dtype.js";
import { bytesOf, typedView, type DType } from "../../dtype.js";
import type { PackedBytes } from "./packed.js";

/** Puts the bytes of an array where the other thread sees them. */
export interface BulkMemory {
  put(view: ArrayBufferView): PackedBytes;
}

/** Below this, a copy for each thread costs less than memory of its own. */
const leastShared = 1 << 16;

/**
 * Memory for a dataset, which every worker reads: large arrays are copied into shared memory once, those that are in
 * shared memory already not at all.
 */
export function datasetMemory(): BulkMemory {
  return {
    put: (view) => {
      const { buffer, byteOffset, byteLength } = view;
      if (buffer instanceof SharedArrayBuffer) return { buffer, offset: byteOffset, length: byteLength };
      const own = byteLength < leastShared ? new ArrayBuffer(byteLength) : new SharedArrayBuffer(byteLength);
      new Uint8Array(own).set(bytesIn(view));
      return { buffer: own, offset: 0, length: byteLength };
    },
  };
}

/** Elements begin at multiples of their size, and of what copies are fastest at. */
const alignment = 64;

/**
 * Memory for one batch at a time, used again for a later one. It grows to what batches need; what does not fit while
 * it grows lies in memory of its own.
 */
export class BatchMemory implements BulkMemory {
  #buffer = new SharedArrayBuffer(0);
  #used = 0;

  /** Forgets the batch before. */
  begin(): void {
    if (this.#used > this.#buffer.byteLength) this.#buffer = new SharedArrayBuffer(this.#used);
    this.#used = 0;
  }

  /** A place for so many elements. What it holds of an earlier batch is to be overwritten. */
  allocate(dtype: DType, length: number): TypedArray {
    const bytes = length * bytesOf(dtype);
    const { buffer, offset } = this.#take(bytes);
    // A view's type does not tell shared memory from other memory; nothing here does.
    const array = typedView(dtype, new ArrayBuffer(0));
    return new (array.constructor as Float32ArrayConstructor)(buffer, offset, length);
  }

  put(view: ArrayBufferView): PackedBytes {
    const { buffer, byteOffset, byteLength } = view;
    if (buffer instanceof SharedArrayBuffer) return { buffer, offset: byteOffset, length: byteLength };
    const place = this.#take(byteLength);
    new Uint8Array(place.buffer, place.offset, byteLength).set(bytesIn(view));
    return place;
  }

  #take(bytes: number): PackedBytes & { readonly buffer: SharedArrayBuffer } {
    const offset = this.#used;
    this.#used += Math.ceil(bytes / alignment) * alignment;
    return offset + bytes <= this.#buffer.byteLength
      ? { buffer: this.#buffer, offset, length: bytes }
      : { buffer: new SharedArrayBuffer(bytes), offset: 0, length: bytes };
  }
}

const bytesIn = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
