// Elementwise functions of one tensor that are one kernel of TensorFlow.
import type { KernelAttr } from "../native/binding.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import type { Saved, Saves } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { type Takes, inDType, taken } from "./takes.js";
import { type Via, boolAsBytes, kernelsOf, run1 } from "./via.js";

export type Unary = ((x: Tensor) => Tensor) & Declared;

interface UnarySpec {
  readonly name: string;
  readonly torch?: string;
  /** TensorFlow's operation with one attribute T. */
  readonly tf: string;
  /** Attributes beside T. */
  readonly attrs?: readonly KernelAttr[];
  readonly takes: Takes;
  /** "bool": a test. */
  readonly result?: "bool";
  /** Where the kernel lacks a dtype. */
  readonly via?: Via;
  readonly vjp: ((g: Tensor, saved: Saved<undefined>) => Tensor) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
}

/** An elementwise function of one tensor. */
export function unary(u: UnarySpec): Unary {
  const { name, vjp, takes } = u;
  const kernels = kernelsOf(u.tf, 1, u.attrs, { ...boolAsBytes, ...u.via });
  const back = u.result !== "bool";
  const spec: OpSpec<undefined> = {
    name,
    torch: u.torch ?? `torch.${name}(a)`,
    infer: ([x]) => ({ shape: x.shape, dtype: back ? x.dtype : "bool" }),
    forward: ([{ storage, dtype }], _, _out, on) => run1(kernels, dtype, back, on, storage.layout, storage),
    vjp: vjp === "none" ? "none" : (g, saved) => [vjp(g, saved)],
    saves: u.saves,
    samples: u.samples,
  };
  return declare(spec, (x: Tensor): Tensor => {
    expectTensor(name, "input", x);
    return apply(spec, [inDType(x, taken(name, takes, x.dtype))], undefined);
  });
}
