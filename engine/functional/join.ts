// Several tensors as one.
import { execute, kernel, intAttr, typeAttr } from "../backend/native.js";
import { intScalar } from "../backend/constants.js";
import { concat } from "../backend/kernels.js";
import { promoteTypes } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { normaliseDim, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

interface Along {
  readonly dim: number;
}

const catSpec: OpSpec<Along> = {
  name: "cat",
  torch: "torch.cat([a, b])",
  infer(parts, { dim }) {
    const [first] = parts;
    for (const part of parts) {
      const fits = part.ndim === first.ndim && part.shape.every((n, i) => i === dim || n === first.shape[i]);
      if (!fits) {
        throw new ShapeError(
          `cat: expected shapes that agree but for dim ${dim}, got ${parts.map((p) => shapeText(p.shape)).join(", ")}`,
        );
      }
    }
    const length = parts.reduce((n, part) => n + part.shape[dim], 0);
    return { shape: first.shape.map((n, i) => (i === dim ? length : n)), dtype: first.dtype };
  },
  forward(parts, { dim }, _out, on) {
    return execute(
      concat(parts[0].dtype, parts.length),
      on,
      "strided",
      ...parts.map((p) => p.strided()),
      intScalar(on, dim),
    );
  },
  vjp(g, { inShapes, options: { dim } }) {
    let start = 0;
    return inShapes.map((shape) => {
      const part = g.narrow(dim, start, shape[dim]);
      start += shape[dim];
      return part;
    });
  },
  saves: "nothing",
  samples: [
    { in: [{ shape: [2, 3] }, { shape: [1, 3], seed: 1 }] },
    { in: [{ shape: [2, 3] }, { shape: [2, 2], seed: 1 }], args: [1], torch: "torch.cat([a, b], 1)" },
    { in: [{ shape: [0, 3] }, { shape: [2, 3], seed: 1 }] },
  ],
};

type Join = ((tensors: readonly Tensor[], dim?: number) => Tensor) & Declared;

function oneDType(op: string, tensors: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(tensors) || tensors.length === 0)
    throw new ArgumentError(`${op}: expected an array of at least one tensor`);
  tensors.forEach((x: unknown, i) => expectTensor(op, `element ${i}`, x));
  const dtype = tensors.map((x: Tensor) => x.dtype).reduce(promoteTypes);
  return tensors.map((x: Tensor) => x.to(dtype));
}

/** Tensors one after another along a dim (torch.cat). */
export const cat: Join = declare(catSpec as OpSpec<never>, (tensors: readonly Tensor[], dim = 0) => {
  const parts = oneDType("cat", tensors);
  return apply(catSpec, parts, { dim: normaliseDim("cat", dim, parts[0].ndim) });
});

const stackSpec: OpSpec<Along> = {
  name: "stack",
  torch: "torch.stack([a, b])",
  infer(parts, { dim }) {
    const [first] = parts;
    if (parts.some((p) => !sameShape(p.shape, first.shape))) {
      throw new ShapeError(`stack: expected equal shapes, got ${parts.map((p) => shapeText(p.shape)).join(", ")}`);
    }
    return { shape: [...first.shape.slice(0, dim), parts.length, ...first.shape.slice(dim)], dtype: first.dtype };
  },
  forward(parts, { dim }, _out, on) {
    const id = kernel("Pack", [typeAttr("T", parts[0].dtype), intAttr("N", parts.length), intAttr("axis", dim)], 0, {
      listInput: 0,
    });
    return execute(id, on, "strided", ...parts.map((p) => p.strided()));
  },
  vjp: (g, { inShapes, options: { dim } }) => inShapes.map((_, i) => g.select(dim, i)),
  saves: "nothing",
  samples: [
    { in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }] },
    { in: [{ shape: [2, 3] }, { shape: [2, 3], seed: 1 }], args: [-1], torch: "torch.stack([a, b], -1)" },
  ],
};

/** Tensors of one shape along a new dim (torch.stack). */
export const stack: Join = declare(stackSpec as OpSpec<never>, (tensors: readonly Tensor[], dim = 0) => {
  const parts = oneDType("stack", tensors);
  return apply(stackSpec, parts, { dim: normaliseDim("stack", dim, parts[0].ndim + 1) });
});
