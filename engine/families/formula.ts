// Elementwise functions that are several kernels: the values are written with other operations, outside the tape, and the
// operation as a whole is one node with its own gradient.
import { expectOptions } from "../errors.js";
import { broadcastShapes, type Shape } from "../shape.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import type { Saved, Saves } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { type Takes, inDType, taken } from "./takes.js";

export type Formula<Arguments extends readonly unknown[]> = ((x: Tensor, ...rest: Arguments) => Tensor) & Declared;

interface FormulaSpec<Arguments extends readonly unknown[]> {
  readonly name: string;
  readonly torch?: string;
  readonly takes: Takes;
  readonly result?: "bool";
  /** The values, in the dtype of `x`. A new tensor, never `x` itself. */
  readonly of: (x: Tensor, ...rest: Arguments) => Tensor;
  readonly vjp: ((g: Tensor, saved: Saved<Arguments>) => Tensor) | "none";
  readonly saves: Saves;
  readonly samples: readonly Sample[];
  /** For an operation whose first argument after the tensor is its options: one of them as it is written. */
  readonly option?: string;
}

/** An elementwise function of one tensor and further arguments that are no tensors. */
export function formula<Arguments extends readonly unknown[] = []>(f: FormulaSpec<Arguments>): Formula<Arguments> {
  const { name, takes, of, vjp, result, option } = f;
  const spec: OpSpec<Arguments> = {
    name,
    torch: f.torch ?? `torch.${name}(a)`,
    infer: ([x]) => ({ shape: x.shape, dtype: result ?? x.dtype }),
    forward: ([x], rest, { dtype }) => inDType(of(x.detach(), ...rest), dtype).storage,
    vjp: vjp === "none" ? "none" : (g, saved) => [vjp(g, saved)],
    saves: f.saves,
    samples: f.samples,
  };
  return declare(spec, (x: Tensor, ...rest: Arguments): Tensor => {
    expectTensor(name, "input", x);
    if (option !== undefined) expectOptions(name, rest[0] as object | undefined, option);
    return apply(spec, [inDType(x, taken(name, takes, x.dtype))], rest);
  });
}

/** The shape that several tensors are broadcast to. */
export const broadcastAll = (op: string, tensors: readonly Tensor[]): Shape =>
  tensors.reduce<Shape>((shape, x) => broadcastShapes(op, shape, x.shape), []);
