// Kernels that several operations share and that depend on the dtype alone, each described once.
import type { DType } from "../dtype.js";
import type { KernelId } from "../native/binding.js";
import { boolAttr, intAttr, kernel, perDType, stringAttr, typeAttr } from "./native.js";

/** An elementwise kernel with the one attribute T. */
export const pointwise = (op: string, inputs: number): ((dtype: DType) => KernelId) =>
  perDType((dtype) => kernel(op, [typeAttr("T", dtype)], inputs));

export const plus = pointwise("AddV2", 2);
export const minus = pointwise("Sub", 2);
export const times = pointwise("Mul", 2);
export const less = pointwise("Less", 2);
export const isNan = pointwise("IsNan", 1);
/** Whether two tensors are equal, element by element; shapes that do not fit are an error, not false. */
export const equal = perDType((dtype) =>
  kernel("Equal", [typeAttr("T", dtype), boolAttr("incompatible_shape_error", true)], 2),
);
/** Where the largest (or least) value along an axis is first: (x, int32 axis), int64. */
export const argMax = perDType((dtype) => extremePlace("ArgMax", dtype));
export const argMin = perDType((dtype) => extremePlace("ArgMin", dtype));
const extremePlace = (op: string, dtype: DType): KernelId =>
  kernel(op, [typeAttr("T", dtype), typeAttr("Tidx", "int32"), typeAttr("output_type", "int64")], 2);

/** x + bias over the last physical axis. */
export const biasAdd = perDType((dtype) =>
  kernel("BiasAdd", [typeAttr("T", dtype), stringAttr("data_format", "NHWC")], 2),
);
/** One value in a shape: (int32 shape, 0-d value). */
export const fill = perDType((dtype) => kernel("Fill", [typeAttr("T", dtype), typeAttr("index_type", "int32")], 2));
/** Surrounded by a value: (x, int32 [rank, 2] paddings, 0-d value). */
export const pad = perDType((dtype) => kernel("PadV2", [typeAttr("T", dtype), typeAttr("Tpaddings", "int32")], 3));
/** Stretched to a shape: (x, int32 shape). */
export const broadcastTo = perDType((dtype) =>
  kernel("BroadcastTo", [typeAttr("T", dtype), typeAttr("Tidx", "int32")], 2),
);
/** A box of x: (x, int32 begin, int32 size). */
export const slice = perDType((dtype) => kernel("Slice", [typeAttr("T", dtype), typeAttr("Index", "int32")], 3));
/** Every so many elements of a box of x: (x, int32 begin, end, strides). */
export const stridedSlice = perDType((dtype) =>
  kernel("StridedSlice", [typeAttr("T", dtype), typeAttr("Index", "int32")], 4),
);
/** Places along one dim: (x, int64 indices, int32 axis). */
export const gatherAlong = perDType((dtype) =>
  kernel("GatherV2", [typeAttr("Tparams", dtype), typeAttr("Tindices", "int64"), typeAttr("Taxis", "int32")], 3),
);
/** Rows replaced: (x, int64 [n, 1] indices, rows). */
export const scatterUpdate = perDType((dtype) =>
  kernel("TensorScatterUpdate", [typeAttr("T", dtype), typeAttr("Tindices", "int64")], 3),
);
/** Rows added to: (x, int64 [n, 1] indices, rows). */
export const scatterAddition = perDType((dtype) =>
  kernel("TensorScatterAdd", [typeAttr("T", dtype), typeAttr("Tindices", "int64")], 3),
);
/** x or y, by a condition; all broadcast: (bool, x, y). */
export const choose = pointwise("SelectV2", 3);
/** x under a new id, sharing its buffer. */
export const identity = pointwise("Identity", 1);

const casts = new Map<DType, (to: DType) => KernelId>();

/** Every element in another dtype; floats lose their fraction on the way to integers. */
export function cast(from: DType, to: DType): KernelId {
  let kernels = casts.get(from);
  if (!kernels) {
    kernels = perDType((target) =>
      kernel("Cast", [typeAttr("SrcT", from), typeAttr("DstT", target), boolAttr("Truncate", false)], 1),
    );
    casts.set(from, kernels);
  }
  return kernels(to);
}

/** Several storages one after another: (parts…, int32 axis). */
export const concat = (dtype: DType, parts: number): KernelId =>
  kernel("ConcatV2", [typeAttr("T", dtype), typeAttr("Tidx", "int32"), intAttr("N", parts)], 1, { listInput: 0 });

const flags = [false, true] as const;
const products = flags.map((a) =>
  flags.map((b) =>
    perDType((dtype) =>
      kernel("MatMul", [typeAttr("T", dtype), boolAttr("transpose_a", a), boolAttr("transpose_b", b)], 2),
    ),
  ),
);
const batchProducts = flags.map((a) =>
  flags.map((b) =>
    perDType((dtype) => kernel("BatchMatMulV2", [typeAttr("T", dtype), boolAttr("adj_x", a), boolAttr("adj_y", b)], 2)),
  ),
);

/** The product of two matrices, each transposed on the fly where asked. */
export const product = (dtype: DType, transposeA: boolean, transposeB: boolean): KernelId =>
  products[Number(transposeA)][Number(transposeB)](dtype);
/** The same for matrices with leading dims, which are broadcast. */
export const batchProduct = (dtype: DType, transposeA: boolean, transposeB: boolean): KernelId =>
  batchProducts[Number(transposeA)][Number(transposeB)](dtype);
