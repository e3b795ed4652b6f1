// A tensor of a batch that only the thread with the training loop makes. It must not know how it gets there.
import type { DType, TypedArray } from "../../dtype.js";
import type { Shape } from "../../shape.js";

export class UnmadeTensor {
  constructor(
    readonly data: TypedArray,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}
}
