// Parts of a tensor along one dim, as views. Every export is a Tensor method.
import * as kernels from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { intScalar, intVector, scalar } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError, shapeText } from "../errors.js";
import { type Declared, type OpSpec, apply, expectTensor } from "../op.js";
import { type Shape, normaliseDim } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { type ViewSpec, declareView, viewOf } from "../view.js";

interface Range {
  readonly dim: number;
  readonly start: number;
  readonly length: number;
}

function part(base: Storage, shape: Shape, { dim, start, length }: Range, dtype: DType, on: Device): Storage {
  const begin = shape.map((_, i) => (i === dim ? start : 0));
  const size = shape.map((n, i) => (i === dim ? length : n));
  return execute(kernels.slice(dtype), on, "strided", base, intVector(on, begin), intVector(on, size));
}

const narrowSpec: ViewSpec<Range> = {
  name: "narrow",
  shapeOf: (x, { dim, length }) => x.shape.map((n, i) => (i === dim ? length : n)),
  step: (from, _to, range, dtype, on) => ({
    take: (base) => part(base, from, range, dtype, on),
    put: (base, middle) => {
      const { dim, start, length } = range;
      const end = start + length;
      const parts = [middle];
      if (start > 0) parts.unshift(part(base, from, { dim, start: 0, length: start }, dtype, on));
      if (end < from[dim]) parts.push(part(base, from, { dim, start: end, length: from[dim] - end }, dtype, on));
      if (parts.length === 1) return middle;
      return execute(kernels.concat(dtype, parts.length), on, "strided", ...parts, intScalar(on, dim));
    },
  }),
  vjp: (g, { inShapes: [shape], options: { dim, start, length } }) =>
    surround(g, dim, start, shape[dim] - start - length),
};

interface Surround {
  readonly dim: number;
  readonly before: number;
  readonly after: number;
}

/** Zeros before and after along one dim: the transpose of `narrow`. */
const padSpec: OpSpec<Surround> = {
  name: "narrowGrad",
  torch: "",
  infer: ([x], { dim, before, after }) => ({
    shape: x.shape.map((n, i) => (i === dim ? before + n + after : n)),
    dtype: x.dtype,
  }),
  forward([x], { dim, before, after }, _out, on) {
    const paddings = x.shape.flatMap((_, i) => (i === dim ? [before, after] : [0, 0]));
    return execute(
      kernels.pad(x.dtype),
      on,
      "strided",
      x.strided(),
      reshaped(intVector(on, paddings), [x.ndim, 2], "int32", on),
      scalar(on, x.dtype, 0),
    );
  },
  vjp: (g, { inShapes: [shape], options: { dim, before } }) => [g.narrow(dim, before, shape[dim])],
  saves: "nothing",
  samples: [],
};

/** Zeros before and after along one dim; differentiable. */
export const surround = (x: Tensor, dim: number, before: number, after: number): Tensor =>
  apply(padSpec, [x], { dim, before, after });

type Narrow = ((x: Tensor, dim: number, start: number, length: number) => Tensor) & Declared;

/** `length` places from `start` along a dim, as a view (torch.narrow). */
export const narrow: Narrow = declareView(
  "narrow",
  "torch.narrow(a, 1, 1, 2)",
  [
    { in: [{ shape: [2, 4] }], args: [1, 1, 2] },
    { in: [{ shape: [3, 2] }], args: [0, 0, 3], torch: "torch.narrow(a, 0, 0, 3)" },
  ],
  (x: Tensor, dim: number, start: number, length: number) => {
    expectTensor("narrow", "input", x);
    const d = normaliseDim("narrow", dim, x.ndim);
    const from = start < 0 ? start + x.shape[d] : start;
    if (
      x.ndim === 0 ||
      ![from, length].every(Number.isInteger) ||
      from < 0 ||
      length < 0 ||
      from + length > x.shape[d]
    ) {
      throw new ArgumentError(
        `narrow: expected a range within dim ${dim} of ${shapeText(x.shape)}, got start ${start}, length ${length}`,
      );
    }
    return viewOf(narrowSpec, x, { dim: d, start: from, length });
  },
);

type Select = ((x: Tensor, dim: number, index: number) => Tensor) & Declared;

/** The part at one index of a dim, without that dim, as a view (torch.select). */
export const select: Select = Object.assign(
  (x: Tensor, dim: number, index: number): Tensor => {
    expectTensor("select", "input", x);
    const d = normaliseDim("select", dim, x.ndim);
    const size = x.shape[d] ?? 0;
    if (!Number.isInteger(index) || index < -size || index >= size) {
      throw new ArgumentError(
        `select: expected an index in [${-size}, ${size - 1}] for dim ${dim} of ${shapeText(x.shape)}, got ${index}`,
      );
    }
    return narrow(x, d, index < 0 ? index + size : index, 1).squeeze(d);
  },
  {
    opName: "select",
    torch: "torch.select(a, 1, -1)",
    differentiable: true,
    samples: [{ in: [{ shape: [2, 4] }], args: [1, -1] }],
  } satisfies Declared,
);
