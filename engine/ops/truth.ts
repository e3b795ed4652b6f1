// Questions about all elements along dims: no gradient. Every export is a Tensor method.
import { intVector } from "../backend/constants.js";
import { boolAttr, execute, kernel, typeAttr } from "../backend/native.js";
import { type Dims, type Reduce, type ReduceOptions, type Reduction, dimsAndOptions } from "../families.js";
import { called } from "../families/samples.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import { normaliseDims, reducedShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

const samplesOf = (torch: string): readonly Sample[] => [
  { in: [{ values: [0, 1, 1], dtype: "bool" }] },
  { in: [{ values: [], dtype: "bool" }] },
  {
    in: [
      [
        [0, 2],
        [NaN, 1],
      ],
    ],
  },
  called(
    [
      [0, 2],
      [0, 0],
      [3, 4],
    ],
    [1],
    `torch.${torch}(a, 1)`,
  ),
  called({ shape: [2, 3, 4] }, [[0, -1], { keepdim: true }], `torch.${torch}(a, (0, -1), keepdim=True)`),
  called(
    {
      values: [
        [0, 2],
        [0, 0],
      ],
      dtype: "uint8",
    },
    [0],
    `torch.${torch}(a, 0)`,
  ),
  { in: [0] },
  called({ shape: [0, 3] }, [0], `torch.${torch}(a, 0)`),
  called({ shape: [3, 2], transposed: true }, [0], `torch.${torch}(a, 0)`),
];

function test(name: "all" | "any", tf: string): Reduce {
  const spec: OpSpec<Reduction> = {
    name,
    torch: `torch.${name}(a)`,
    infer: ([x], { dims, keepdim }) => ({ shape: reducedShape(x.shape, dims, keepdim), dtype: "bool" }),
    forward([x], { dims, keepdim }, _out, on) {
      const id = kernel(tf, [typeAttr("Tidx", "int32"), boolAttr("keep_dims", keepdim)], 2);
      return execute(id, on, "strided", x.strided(), intVector(on, dims));
    },
    vjp: "none",
    saves: "nothing",
    samples: samplesOf(name),
  };
  return declare(spec, (x: Tensor, dim?: Dims | ReduceOptions, options?: ReduceOptions) => {
    expectTensor(name, "input", x);
    const [over, { keepdim = false }] = dimsAndOptions(name, dim, options);
    const dims = normaliseDims(name, over, x.ndim);
    const out = apply(spec, [x.dtype === "bool" ? x : x.ne(0)], { dims, keepdim });
    return x.dtype === "uint8" ? out.to("uint8") : out; // PyTorch keeps its oldest way of writing bool
  });
}

/** Whether all elements are true, or not 0 (torch.all); uint8 gives uint8. */
export const all: Reduce = test("all", "All");
/** Whether any element is true, or not 0 (torch.any); uint8 gives uint8. */
export const any: Reduce = test("any", "Any");

type Count = ((x: Tensor, dim?: Dims) => Tensor) & Declared;

/** How many elements are not 0, int64 (torch.count_nonzero). */
export const countNonzero: Count = Object.assign(
  (x: Tensor, dim?: Dims): Tensor => {
    expectTensor("countNonzero", "input", x);
    return x.ne(0).sum(dim);
  },
  {
    opName: "countNonzero",
    torch: "torch.count_nonzero(a)",
    differentiable: false,
    samples: samplesOf("count_nonzero").map(({ args, ...sample }) =>
      args ? { ...sample, args: args.slice(0, 1), torch: sample.torch?.replace(", keepdim=True", "") } : sample,
    ),
  },
);
