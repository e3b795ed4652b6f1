// A tensor as its parts along one dim, and back, each as ONE entry of the tape: taking the parts one by one would give
// every part's gradient the size of the whole. Knows no layer; the parts are tensors of their own, not views.
import { execute, executeMany, intAttr, kernel, typeAttr } from "../backend/native.js";
import type { DType } from "../dtype.js";
import { ShapeError, shapeText } from "../errors.js";
import type { KernelId } from "../native/binding.js";
import { type ManySpec, type OpSpec, apply, applyMany } from "../op.js";
import { sameShape } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";

interface Along {
  readonly dim: number;
}

export const unpackKernel = (dtype: DType, parts: number, dim: number): KernelId =>
  kernel("Unpack", [typeAttr("T", dtype), intAttr("num", parts), intAttr("axis", dim)], 1, { outputs: parts });

export const packKernel = (dtype: DType, parts: number, dim: number): KernelId =>
  kernel("Pack", [typeAttr("T", dtype), intAttr("N", parts), intAttr("axis", dim)], 0, { listInput: 0 });

const unstackedSpec: ManySpec<Along> = {
  name: "unstacked",
  torch: "torch.unbind(a)",
  infer: ([x], { dim }) =>
    Array.from({ length: x.shape[dim] }, () => ({ shape: x.shape.toSpliced(dim, 1), dtype: x.dtype })),
  forward: ([x], { dim }, outs, on) =>
    executeMany(
      unpackKernel(x.dtype, outs.length, dim),
      on,
      outs.map(() => "strided" as const),
      [x.strided()],
    ) as Storage[],
  vjp(gs, { options: { dim } }) {
    const zero = gs.find((g) => g !== undefined)?.zerosLike();
    return [
      zero &&
        stacked(
          gs.map((g) => g ?? zero),
          dim,
        ),
    ];
  },
  saves: "nothing",
  samples: [],
};

/** Of torch.stack. */
export const stackSpec: OpSpec<Along> = {
  name: "stack",
  torch: "torch.stack([a, b])",
  infer(parts, { dim }) {
    const [{ shape, dtype }] = parts;
    if (parts.some((part) => !sameShape(part.shape, shape))) {
      const shapes = parts.map((part) => shapeText(part.shape)).join(", ");
      throw new ShapeError(`stack: expected equal shapes, got ${shapes}`);
    }
    return { shape: shape.toSpliced(dim, 0, parts.length), dtype };
  },
  forward: (parts, { dim }, _out, on) =>
    execute(packKernel(parts[0].dtype, parts.length, dim), on, "strided", ...parts.map((part) => part.strided())),
  vjp: (g, { options: { dim } }) => unstacked(g, dim),
  saves: "nothing",
  samples: [
    { in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }] },
    { in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }], args: [-1], torch: "torch.stack([a, b], -1)" },
    { in: [1, 2] },
    { in: [{ shape: [0, 2] }, { shape: [0, 2] }], args: [1], torch: "torch.stack([a, b], 1)" },
    {
      in: [
        { shape: [2, 3], transposed: true },
        { shape: [2, 3], seed: 1 },
      ],
    },
    {
      in: [
        { values: [1, 2], dtype: "int64" },
        { shape: [2], dtype: "float32" },
      ],
    },
    {
      in: [
        { values: 1, dtype: "bool" },
        { values: 5, dtype: "int8" },
      ],
    },
  ],
};

/** The parts along a dim of at least one place, without that dim. */
export const unstacked = (x: Tensor, dim: number): readonly Tensor[] => applyMany(unstackedSpec, [x], { dim });

/** Tensors of one shape and dtype along a new dim. */
export const stacked = (parts: readonly Tensor[], dim: number): Tensor => apply(stackSpec, parts, { dim });
