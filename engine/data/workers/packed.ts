// The form in which values go from thread to thread: nodes that structured clone takes as they are, bulk data beside
// them in memory that is shared. The format only; it must not know how it is written or read.
import type { DType } from "../../dtype.js";
import { ArgumentError } from "../../errors.js";
import type { Shape } from "../../shape.js";
import type { ExportName } from "./modules.js";

/** A primitive is itself; an object is the number of its node. */
export type PackedValue = undefined | null | boolean | number | bigint | string | { readonly node: number };

/** Where the bytes of an array lie. */
export interface PackedBytes {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

export type PackedNode =
  | { readonly is: "array" | "set"; readonly items: readonly PackedValue[] }
  | { readonly is: "map"; readonly entries: readonly (readonly [PackedValue, PackedValue])[] }
  | {
      readonly is: "object";
      readonly entries: readonly (readonly [string, PackedValue])[];
      /** Made without a prototype. */
      readonly bare: boolean;
    }
  /** What structured clone copies by itself: a date, a regular expression, a plain buffer. */
  | { readonly is: "clone"; readonly value: unknown }
  | { readonly is: "view"; readonly type: ViewName; readonly bytes: PackedBytes }
  | {
      readonly is: "tensor";
      readonly dtype: DType;
      readonly shape: Shape;
      /** Undefined where there are no contents: on meta. */
      readonly bytes: PackedBytes | undefined;
      /** Undefined for the default device. */
      readonly device: string | undefined;
      readonly requiresGrad: boolean;
    }
  | { readonly is: "generator"; readonly state: unknown }
  | { readonly is: "export"; readonly from: ExportName; readonly path: string }
  | {
      readonly is: "instance";
      readonly class: PackedValue;
      /** The class whose constructor takes `args`; without it no constructor is called. */
      readonly made?: { readonly by: PackedValue; readonly args: readonly PackedValue[] };
      readonly fields: readonly (readonly [string, PackedValue])[];
    };

export interface Packed {
  readonly root: PackedValue;
  readonly nodes: readonly PackedNode[];
}

export const viewTypes = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;

export type ViewName = keyof typeof viewTypes | "Buffer";

/** A view of bytes as the typed array they were. */
export function viewOf(type: ViewName, { buffer, offset, length }: PackedBytes): ArrayBufferView {
  if (type === "Buffer") return Buffer.from(buffer as ArrayBuffer, offset, length);
  if (type === "DataView") return new DataView(buffer, offset, length);
  const View = viewTypes[type];
  return new View(buffer as ArrayBuffer, offset, length / View.BYTES_PER_ELEMENT);
}

/** @throws {ArgumentError} */
export function viewName(view: ArrayBufferView, path: string): ViewName {
  if (Buffer.isBuffer(view)) return "Buffer";
  const { name } = view.constructor;
  if (Object.hasOwn(viewTypes, name)) return name as ViewName;
  throw new ArgumentError(`DataLoader: expected a typed array that another thread can get at ${path}, got a ${name}`);
}
