// Comparisons: bool results, no gradient. Every export is a Tensor method.
import { binary, unary } from "../families.js";

const samples = [
  { in: [{ shape: [2, 3] }, { shape: [3], seed: 1 }] },
  {
    in: [
      [1, 2, NaN],
      [1, 3, NaN],
    ],
  },
] as const;

/** TensorFlow would otherwise answer false for shapes that do not fit. */
const strict = [{ name: "incompatible_shape_error", type: "bool", value: true }] as const;

/** x = y (torch.eq). */
export const eq = binary({
  name: "eq",
  tf: "Equal",
  attrs: strict,
  result: "bool",
  vjp: "none",
  saves: "nothing",
  samples,
});
/** x ≠ y (torch.ne). */
export const ne = binary({
  name: "ne",
  tf: "NotEqual",
  attrs: strict,
  result: "bool",
  vjp: "none",
  saves: "nothing",
  samples,
});
/** x < y (torch.lt). */
export const lt = binary({ name: "lt", tf: "Less", result: "bool", vjp: "none", saves: "nothing", samples });
/** x ≤ y (torch.le). */
export const le = binary({ name: "le", tf: "LessEqual", result: "bool", vjp: "none", saves: "nothing", samples });
/** x > y (torch.gt). */
export const gt = binary({ name: "gt", tf: "Greater", result: "bool", vjp: "none", saves: "nothing", samples });
/** x ≥ y (torch.ge). */
export const ge = binary({ name: "ge", tf: "GreaterEqual", result: "bool", vjp: "none", saves: "nothing", samples });

/** Whether each element is NaN (torch.isnan). */
export const isnan = unary({
  name: "isnan",
  tf: "IsNan",
  result: "bool",
  vjp: "none",
  saves: "nothing",
  samples: [{ in: [[1, NaN, Infinity]] }],
});
