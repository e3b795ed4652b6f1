// Elementwise functions of two tensors, or of a tensor and a number, with broadcasting and promotion.
import { scalar } from "../backend/constants.js";
import { asNhwc, padToRank4, reshaped } from "../backend/layout.js";
import { meta } from "../backend/native.js";
import type { Device } from "../device.js";
import { type DType, resultType, resultTypeWithNumber } from "../dtype.js";
import type { KernelAttr } from "../native/binding.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import { broadcastShapes } from "../shape.js";
import { Storage } from "../storage.js";
import type { Saved, Saves } from "../tape.js";
import { Tensor } from "../tensor.js";
import { type Takes, inDType, taken } from "./takes.js";
import { type Via, boolAsBytes, kernelsOf, run2 } from "./via.js";

export type Binary = ((x: Tensor, other: Tensor | number) => Tensor) & Declared;

interface BinarySpec {
  readonly name: string;
  readonly torch?: string;
  /** TensorFlow's operation with one attribute T, or the result made of other operations on tensors of one dtype. */
  readonly tf: string | ((x: Tensor, y: Tensor) => Tensor);
  /** Attributes beside T. */
  readonly attrs?: readonly KernelAttr[];
  readonly takes: Takes;
  /** "bool": a comparison. */
  readonly result?: "bool";
  /** Where the kernel lacks a dtype. */
  readonly via?: Via;
  readonly vjp: ((g: Tensor, saved: Saved<undefined>) => readonly (Tensor | undefined)[]) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** An elementwise function of two tensors, or a tensor and a number, with broadcasting and promotion. */
export function binary(b: BinarySpec): Binary {
  const { name, takes, tf } = b;
  const back = b.result !== "bool";
  const spec: OpSpec<undefined> = {
    name,
    torch: b.torch ?? `torch.${name}(a, b)`,
    infer: ([x, y]) => ({ shape: broadcastShapes(name, x.shape, y.shape), dtype: back ? x.dtype : "bool" }),
    forward:
      typeof tf === "string"
        ? kernelForward(tf, b, back)
        : ([x, y], _, { dtype }) => inDType(tf(x.detach(), y.detach()), dtype).storage,
    vjp: b.vjp,
    saves: b.saves,
    samples: b.samples,
  };
  return declare(spec, (x: Tensor, other: Tensor | number): Tensor => {
    expectTensor(name, "input", x);
    return apply(spec, twoOfOneDType(name, takes, x, other), undefined);
  });
}

function kernelForward(tf: string, b: BinarySpec, back: boolean): OpSpec<undefined>["forward"] {
  const kernels = kernelsOf(tf, 2, b.attrs, { ...boolAsBytes, ...b.via });
  return ([x, y], _, _out, on) => {
    const [sx, sy] = [x.storage, y.storage];
    if (sx.layout === "strided" && sy.layout === "strided") {
      return run2(kernels, x.dtype, back, on, "strided", sx, sy);
    }
    if (x.ndim > 4 || y.ndim > 4) return run2(kernels, x.dtype, back, on, "strided", x.strided(), y.strided());
    return run2(kernels, x.dtype, back, on, "nhwc", nhwcForBroadcast(x, sx, on), nhwcForBroadcast(y, sy, on));
  };
}

/** A tensor and what it is combined with, promoted by PyTorch's rules to what the operation takes. */
export function twoOfOneDType(op: string, takes: Takes, x: Tensor, other: Tensor | number): readonly [Tensor, Tensor] {
  if (typeof other === "number") {
    const dtype = taken(op, takes, resultTypeWithNumber(x.dtype, other));
    return [inDType(x, dtype), numberLike(other, dtype, x.device)];
  }
  expectTensor(op, "other", other);
  let y = other;
  if (y.device !== x.device && y.ndim === 0 && y.device.type === "cpu") y = y.to(x.device); // PyTorch's rule for 0-d
  const dtype = taken(op, takes, resultType(x.dtype, x.ndim, y.dtype, y.ndim));
  return [inDType(x, dtype), inDType(y, dtype)];
}

/** A number as a 0-d tensor of a dtype; the storage is shared by all equal numbers and never written to. */
export function numberLike(value: number, dtype: DType, on: Device): Tensor {
  return new Tensor(on === meta() ? new Storage("strided") : scalar(on, dtype, value), [], dtype, on);
}

function nhwcForBroadcast(x: Tensor, storage: Storage, on: Device): Storage {
  if (storage.layout === "nhwc" || x.ndim === 0) return storage;
  const shape = padToRank4(x.shape);
  const padded = x.ndim === 4 ? storage : reshaped(storage, shape, x.dtype, on);
  return asNhwc(padded, shape, x.dtype, on);
}
