// Elements chosen by a bool tensor. Every export is a Tensor method.
import { chosen, expectMask } from "../functional/where.js";
import { type Declared, expectTensor } from "../op.js";
import { broadcastShapes } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { oneValue } from "./filled.js";
import { inPlace } from "../inPlace.js";
import { nonzeroTuple } from "./nonzero.js";

const mask = { values: [[1, 0, 1]], dtype: "bool" } as const;
const value = { input: 2 } as const;

type MaskedFill = ((x: Tensor, mask: Tensor, value: number | Tensor) => Tensor) & Declared;

/**
 * One value, a number or a 0-d tensor, where the mask holds; both are broadcast (torch.masked_fill).
 * @param mask bool.
 */
export const maskedFill: MaskedFill = Object.assign(
  (x: Tensor, mask: Tensor, value: number | Tensor): Tensor => {
    expectTensor("maskedFill", "input", x);
    expectMask("maskedFill", "mask", mask);
    return chosen("maskedFill", mask, oneValue("maskedFill", x, value), x);
  },
  {
    opName: "maskedFill",
    torch: "torch.masked_fill(a, b, 2.5)",
    differentiable: true,
    samples: [
      { in: [{ shape: [2, 3] }, mask], args: [2.5] },
      { in: [{ shape: [3] }, mask, 7], args: [value], torch: "torch.masked_fill(a, b, c)" },
      { in: [{ shape: [0, 3] }, mask], args: [2.5] },
      { in: [2, { values: 1, dtype: "bool" }], args: [2.5] },
      {
        in: [{ shape: [2, 3], transposed: true }, mask],
        args: [-Infinity],
        torch: "torch.masked_fill(a, b, -float('inf'))",
        gradcheck: false,
      },
      { in: [{ values: [1, 2, 3], dtype: "int64" }, mask], args: [9], torch: "torch.masked_fill(a, b, 9)" },
      { in: [{ shape: [2, 3], dtype: "bfloat16" }, mask], args: [2.5] },
      { in: [{ values: [1, 1, 1], dtype: "bool" }, mask], args: [0], torch: "torch.masked_fill(a, b, 0)" },
    ],
  } satisfies Declared,
);

const selections: Declared["samples"] = [
  { in: [{ shape: [2, 3] }, mask] },
  {
    in: [
      { shape: [3] },
      {
        values: [
          [1, 0, 1],
          [0, 0, 0],
        ],
        dtype: "bool",
      },
    ],
  },
  { in: [{ shape: [2, 2] }, { values: [0, 0], dtype: "bool" }] },
  { in: [2, { values: 1, dtype: "bool" }] },
  { in: [{ shape: [0, 3] }, mask] },
  { in: [{ shape: [2, 3], transposed: true }, mask] },
  { in: [{ values: [1, 2, 3], dtype: "int8" }, mask] },
  {
    in: [
      { shape: [3], dtype: "float16" },
      { values: [0, 1, 1], dtype: "bool" },
    ],
  },
];

type MaskedSelect = ((x: Tensor, mask: Tensor) => Tensor) & Declared;

/**
 * The elements where the mask holds, as a vector; both are broadcast (torch.masked_select).
 * @param mask bool.
 * @throws GradtapeError on meta: how many they are depends on the data.
 */
export const maskedSelect: MaskedSelect = Object.assign(
  (x: Tensor, mask: Tensor): Tensor => {
    expectTensor("maskedSelect", "input", x);
    expectMask("maskedSelect", "mask", mask);
    const shape = broadcastShapes("maskedSelect", x.shape, mask.shape);
    const [places] = nonzeroTuple("maskedSelect", mask.expand(shape).reshape(-1));
    return x.expand(shape).reshape(-1).indexSelect(0, places);
  },
  {
    opName: "maskedSelect",
    torch: "torch.masked_select(a, b)",
    differentiable: true,
    samples: selections.map((sample) => ({ ...sample, meta: false })),
  } satisfies Declared,
);

/** torch.Tensor.masked_fill_. */
export const maskedFill_ = inPlace("maskedFill_", maskedFill);
