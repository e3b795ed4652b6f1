// Reductions over dims. Every export is a Tensor method.
import { boolAttr, execute, kernel, typeAttr } from "../backend/native.js";
import { intScalar, intVector } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import { DTypeError, ShapeError, shapeText } from "../errors.js";
import { reduce } from "../families.js";
import { type Declared, type OpSpec, type Saved, apply, declare, expectTensor } from "../op.js";
import { normaliseDim, reducedShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

const cube = { shape: [2, 3, 4] } as const;
const overDims = (name: string) =>
  [
    { in: [cube] },
    { in: [cube], args: [1], torch: `torch.${name}(a, 1)` },
    { in: [cube], args: [[0, -1], { keepdim: true }], torch: `torch.${name}(a, (0, -1), keepdim=True)` },
    { in: [3] },
  ] as const;

/** Puts the reduced dims back with size 1, so that a gradient or result broadcasts against the input. */
function restored(
  x: Tensor,
  { inShapes: [shape], options: { dims } }: Saved<{ readonly dims: readonly number[] }>,
): Tensor {
  const kept = reducedShape(shape, dims, true);
  return x.shape.length === kept.length ? x : x.reshape(kept);
}

/** Sum; bool and integers give int64 (torch.sum). */
export const sum = reduce({
  name: "sum",
  tf: "Sum",
  result: "sum",
  vjp: (g, saved) => restored(g, saved).expand(saved.inShapes[0]),
  saves: "nothing",
  samples: overDims("sum"),
});

/** Mean (torch.mean). */
export const mean = reduce({
  name: "mean",
  tf: "Mean",
  result: "float",
  vjp: (g, saved) =>
    restored(g, saved)
      .mul(1 / countOf(saved))
      .expand(saved.inShapes[0]),
  saves: "nothing",
  samples: overDims("mean"),
});

const countOf = ({ inShapes: [shape], options: { dims } }: Saved<{ readonly dims: readonly number[] }>): number =>
  dims.reduce((n, d) => n * shape[d], 1);

/** Largest value; equal ones share the gradient (torch.amax). */
export const amax = reduce({
  name: "amax",
  tf: "Max",
  result: "same",
  vjp: (g, saved) => spread(g, saved),
  saves: "in and out",
  samples: [...overDims("amax").slice(0, 2), { in: [[1, 3, 3]], gradcheck: false }],
});

/** Smallest value; equal ones share the gradient (torch.amin). */
export const amin = reduce({
  name: "amin",
  tf: "Min",
  result: "same",
  vjp: (g, saved) => spread(g, saved),
  saves: "in and out",
  samples: [...overDims("amin").slice(0, 2), { in: [[1, 1, 3]], gradcheck: false }],
});

/** The gradient goes to the places that hold the extreme, in equal parts. */
function spread(g: Tensor, saved: Saved<{ readonly dims: readonly number[] }>): Tensor {
  const [x] = saved.in;
  const here = x.eq(restored(saved.out, saved)).to(g.dtype);
  return here.mul(restored(g, saved)).div(here.sum(saved.options.dims, { keepdim: true }));
}

interface ArgOptions {
  readonly dim: number | undefined;
  readonly keepdim: boolean;
}

type Arg = ((x: Tensor, dim?: number, options?: { readonly keepdim?: boolean }) => Tensor) & Declared;

function arg(name: "argmax" | "argmin", tf: string): Arg {
  const spec: OpSpec<ArgOptions> = {
    name,
    torch: `torch.${name}(a)`,
    infer([x], { dim, keepdim }) {
      if (x.dtype === "bool") throw new DTypeError(`${name}: expected numbers, got bool`);
      if (sizeOf(dim === undefined ? x.shape : [x.shape[dim] ?? 1]) === 0) {
        throw new ShapeError(`${name}: expected at least one element to choose from, got ${shapeText(x.shape)}`);
      }
      const dims = dim === undefined ? x.shape.map((_, i) => i) : [dim];
      return { shape: reducedShape(x.shape, dims, keepdim), dtype: "int64" };
    },
    forward([x], { dim, keepdim }, out, on) {
      const id = kernel(tf, [typeAttr("T", x.dtype), typeAttr("Tidx", "int32"), typeAttr("output_type", "int64")], 2);
      const whole = dim === undefined || x.ndim === 0;
      const input = whole ? reshaped(x.strided(), [-1], x.dtype, on) : x.strided();
      const result = execute(id, on, "strided", input, intScalar(on, x.ndim === 0 ? 0 : (dim ?? 0)));
      return keepdim ? reshaped(result, out.shape, "int64", on) : result;
    },
    vjp: "none",
    saves: "nothing",
    samples: [
      { in: [cube], args: [1], torch: `torch.${name}(a, 1)` },
      { in: [cube], args: [-1, { keepdim: true }], torch: `torch.${name}(a, -1, keepdim=True)` },
      { in: [cube] },
    ],
  };
  return declare(spec as OpSpec<never>, (x: Tensor, dim?: number, { keepdim = false } = {}) => {
    expectTensor(name, "input", x);
    return apply(spec, [x], { dim: dim === undefined ? undefined : normaliseDim(name, dim, x.ndim), keepdim });
  });
}

/** Index of the largest value along a dim, or of all (torch.argmax). */
export const argmax: Arg = arg("argmax", "ArgMax");
/** Index of the smallest value along a dim, or of all (torch.argmin). */
export const argmin: Arg = arg("argmin", "ArgMin");

type Test = ((x: Tensor) => Tensor) & Declared;

function test(name: "all" | "any", tf: string): Test {
  const spec: OpSpec<undefined> = {
    name,
    torch: `torch.${name}(a != 0)`,
    infer: () => ({ shape: [], dtype: "bool" }),
    forward([x], _, out, on) {
      const id = kernel(tf, [typeAttr("Tidx", "int32"), boolAttr("keep_dims", false)], 2);
      const flat = reshaped(x.storage, [-1], "bool", on);
      return execute(id, on, "strided", flat, intVector(on, [0]));
    },
    vjp: "none",
    saves: "nothing",
    samples: [{ in: [{ values: [0, 1, 1], dtype: "bool" }] }, { in: [{ values: [], dtype: "bool" }] }],
  };
  return declare(spec as OpSpec<never>, (x: Tensor) => {
    expectTensor(name, "input", x);
    return apply(spec, [x.dtype === "bool" ? x : x.ne(0)], undefined);
  });
}

/** Whether all elements are true, or not 0 (torch.all). */
export const all: Test = test("all", "All");
/** Whether any element is true, or not 0 (torch.any). */
export const any: Test = test("any", "Any");
