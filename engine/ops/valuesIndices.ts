// What max, min, sort and topk return: PyTorch's named tuple.
import type { Tensor } from "../tensor.js";

/** `{ values, indices }` that also destructures as `[values, indices]`; indices are int64. */
export type ValuesIndices = readonly [values: Tensor, indices: Tensor] & {
  readonly values: Tensor;
  readonly indices: Tensor;
};

export const valuesIndices = (values: Tensor, indices: Tensor): ValuesIndices =>
  Object.assign([values, indices] as const, { values, indices });
