// Tensors of one value, and the identity matrix.
import { expectOptions } from "../errors.js";
import { intVector, scalar } from "../backend/constants.js";
import { fill } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type TensorOptions, checkedShape, leaf } from "./leaf.js";
import { arange } from "./ranges.js";

/** One value everywhere, float32 unless `dtype` says otherwise (torch.full). */
export const full = (shape: Shape, value: number, options?: TensorOptions): Tensor =>
  constant("full", shape, value, options, "full([2, 3], value)");

/** torch.zeros. */
export const zeros = (shape: Shape, options?: TensorOptions): Tensor => constant("zeros", shape, 0, options);
/** torch.ones. */
export const ones = (shape: Shape, options?: TensorOptions): Tensor => constant("ones", shape, 1, options);
/** As `zeros`: TensorFlow gives no memory without contents (torch.empty). */
export const empty = (shape: Shape, options?: TensorOptions): Tensor => constant("empty", shape, 0, options);

/** One value everywhere, for an operation that errors name. */
export function constant(
  op: string,
  shape: Shape,
  value: number,
  given: TensorOptions | undefined,
  call?: string,
): Tensor {
  const size = checkedShape(op, shape, call);
  const options = expectOptions(op, given, '{ dtype: "float64" }');
  const dtype = options.dtype ?? "float32";
  return leaf(op, size, dtype, options, (on) =>
    execute(fill(dtype), on, "strided", intVector(on, size), scalar(on, dtype, value)),
  );
}

/** Ones on the diagonal of a matrix [rows, columns], zeros elsewhere; square without `columns` (torch.eye). */
export function eye(rows: number, columns?: number | TensorOptions, options?: TensorOptions): Tensor {
  const [width, given] = typeof columns === "object" ? [rows, columns] : [columns ?? rows, options];
  const { dtype = "float32", device, requiresGrad = false } = expectOptions("eye", given, '{ dtype: "float64" }');
  const [n, m] = checkedShape("eye", [rows, width]);
  const where = device === undefined ? {} : { device };
  const diagonal = arange(n, where).reshape([n, 1]).eq(arange(m, where));
  return diagonal.to(dtype).requiresGrad_(requiresGrad);
}
