// How a saved value is described: JSON in a safetensors file's metadata, which names the tensors that hold the bulk.
// What JSON has is written as it is; everything else is an object whose one key begins with "$". Nothing in it is code.

/** JSON, as far as descriptions use it. */
export type Description =
  null | boolean | number | string | readonly Description[] | { readonly [key: string]: Description };

/** The metadata key of the description, and the version inside it. */
export const descriptionKey = "gradtape";
export const descriptionVersion = 1;

/** Values nest no deeper. */
export const deepest = 256;

/** Plain arrays of numbers from this length on are stored as float64 tensors. */
export const longArray = 32;

/** Numbers that JSON has no word for. */
export const specialNumbers: ReadonlyMap<string, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

/** Typed arrays, and the element type that each is stored as. */
export const typedArrays = {
  Int8Array: { dtype: "I8", make: Int8Array },
  Uint8Array: { dtype: "U8", make: Uint8Array },
  Uint8ClampedArray: { dtype: "U8", make: Uint8ClampedArray },
  Int16Array: { dtype: "I16", make: Int16Array },
  Uint16Array: { dtype: "U16", make: Uint16Array },
  Int32Array: { dtype: "I32", make: Int32Array },
  Uint32Array: { dtype: "U32", make: Uint32Array },
  Float32Array: { dtype: "F32", make: Float32Array },
  Float64Array: { dtype: "F64", make: Float64Array },
  BigInt64Array: { dtype: "I64", make: BigInt64Array },
  BigUint64Array: { dtype: "U64", make: BigUint64Array },
} as const;

export type TypedArrayName = keyof typeof typedArrays;

export const isTypedArrayName = (name: string): name is TypedArrayName => Object.hasOwn(typedArrays, name);
