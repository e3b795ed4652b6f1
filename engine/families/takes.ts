// Which dtypes an elementwise operation takes, and what it makes of them: PyTorch's rules, by name.
import { type DType, isFloating } from "../dtype.js";
import { DTypeError } from "../errors.js";
import type { Tensor } from "../tensor.js";

/**
 * "any": every dtype. "numbers": all but bool. "floats": floating dtypes only. "integers": bool and the integers.
 * "promoted": integers and bool become float32 first.
 */
export type Takes = "any" | "numbers" | "floats" | "integers" | "promoted";

/** The dtype to compute in for tensors whose common dtype is `dtype`. */
export function taken(op: string, takes: Takes, dtype: DType): DType {
  switch (takes) {
    case "any":
      return dtype;
    case "promoted":
      return isFloating(dtype) ? dtype : "float32";
    case "numbers":
      if (dtype === "bool") {
        throw new DTypeError(`${op}: expected numbers, got bool; convert with .to("int64") or .to("float32")`);
      }
      return dtype;
    case "floats":
      if (!isFloating(dtype)) throw notFloating(op, dtype);
      return dtype;
    case "integers":
      if (isFloating(dtype)) throw new DTypeError(`${op}: expected integers or bool, got ${dtype}`);
      return dtype;
    default:
      throw new Error(`unknown dtypes ${String(takes satisfies never)}`);
  }
}

export const notFloating = (op: string, dtype: DType): DTypeError =>
  new DTypeError(`${op}: expected a floating dtype, got ${dtype}; convert with .to("float32")`);

/** The tensor in a dtype; itself when it has it. */
export const inDType = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : x.to(dtype));
