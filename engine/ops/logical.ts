// Truth of elements, and bits of integers. No gradient. Every export is a Tensor method.
import { execute, kernel, perDType } from "../backend/native.js";
import type { DType } from "../dtype.js";
import { type Binary, type Formula, binary, formula, unary } from "../families.js";
import { anyPairs, anySamples, integerPairs } from "../families/samples.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { broadcastShapes } from "../shape.js";
import type { Tensor } from "../tensor.js";

const plain = { vjp: "none", saves: "nothing" } as const;

/** What is not 0 is true. */
const truthOf = (x: Tensor): Tensor => (x.dtype === "bool" ? x : x.ne(0));

type Logical = ((x: Tensor, other: Tensor) => Tensor) & Declared;

/** Of two tensors of any dtypes; `tf` has no attributes. */
function logical(name: string, torch: string, tf: string): Logical {
  const ofBools = perDType(() => kernel(tf, [], 2));
  const spec: OpSpec<undefined> = {
    name,
    torch: `torch.${torch}(a, b)`,
    infer: ([x, y]) => ({ shape: broadcastShapes(name, x.shape, y.shape), dtype: "bool" }),
    forward: ([x, y], _, _out, on) => execute(ofBools("bool"), on, "strided", x.strided(), y.strided()),
    samples: anyPairs(),
    ...plain,
  };
  return declare(spec, (x: Tensor, other: Tensor) => {
    expectTensor(name, "input", x);
    expectTensor(name, "other", other);
    return apply(spec, [truthOf(x), truthOf(other)], undefined);
  });
}

/** Both are true (torch.logical_and). */
export const logicalAnd: Logical = logical("logicalAnd", "logical_and", "LogicalAnd");
/** Either is true (torch.logical_or). */
export const logicalOr: Logical = logical("logicalOr", "logical_or", "LogicalOr");

/** Exactly one is true (torch.logical_xor). */
export const logicalXor = binary({
  name: "logicalXor",
  torch: "torch.logical_xor(a, b)",
  tf: (x, y) => truthOf(x).ne(truthOf(y)),
  takes: "any",
  result: "bool",
  samples: anyPairs(),
  ...plain,
});

/** Not true (torch.logical_not). */
export const logicalNot = formula({
  name: "logicalNot",
  torch: "torch.logical_not(a)",
  takes: "any",
  result: "bool",
  of: (x) => x.eq(0),
  samples: anySamples(),
  ...plain,
});

const bits = (name: string, torch: string, tf: string): Binary =>
  binary({ name, torch: `torch.${torch}(a, b)`, tf, takes: "integers", samples: integerPairs, ...plain });

/** Bits that both have (torch.bitwise_and). */
export const bitwiseAnd: Binary = bits("bitwiseAnd", "bitwise_and", "BitwiseAnd");
/** Bits that either has (torch.bitwise_or). */
export const bitwiseOr: Binary = bits("bitwiseOr", "bitwise_or", "BitwiseOr");
/** Bits that exactly one has (torch.bitwise_xor). */
export const bitwiseXor: Binary = bits("bitwiseXor", "bitwise_xor", "BitwiseXor");

const inverted = unary({ name: "bitwiseNot", tf: "Invert", takes: "integers", samples: [], ...plain });
const ints = (["int8", "uint8", "int16", "int32", "int64"] satisfies DType[]).map((dtype) => ({
  in: [{ values: [0, 1, 5], dtype }],
}));

/** Every bit turned; of bool, not true (torch.bitwise_not). */
export const bitwiseNot: Formula<[]> = formula({
  name: "bitwiseNot",
  torch: "torch.bitwise_not(a)",
  takes: "integers",
  of: (x) => (x.dtype === "bool" ? x.logicalNot() : inverted(x)),
  samples: [
    ...ints,
    { in: [{ values: [0, 1], dtype: "bool" }] },
    { in: [{ values: [], dtype: "int32" }] },
    {
      in: [
        {
          values: [
            [1, 2],
            [3, 4],
          ],
          dtype: "int16",
        },
      ],
    },
  ],
  ...plain,
});
