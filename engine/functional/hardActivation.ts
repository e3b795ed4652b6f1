// Activations that PyTorch has as functions only: the piecewise linear ones with limits, and softsign.
import { ArgumentError } from "../errors.js";
import { type Formula, formula, onlyWhere } from "../families.js";
import { called, floatSamples, numberSamples } from "../families/samples.js";
import { where } from "./where.js";

/** Between 0 and 6 (torch.nn.functional.relu6). */
export const relu6: Formula<[]> = formula({
  name: "relu6",
  torch: "F.relu6(a)",
  takes: "numbers",
  of: (x) => x.clamp(0, 6),
  // Nothing at the limits.
  vjp: (g, { in: [x] }) => onlyWhere(x.gt(0).logicalAnd(x.lt(6)), g),
  saves: "in",
  samples: [...numberSamples(), called([0, 6, 7, 3], [], "F.relu6(a)", false)],
});

/** Between two limits, -1 and 1 by default (torch.nn.functional.hardtanh). */
export const hardtanh: Formula<[min?: number, max?: number]> = formula({
  name: "hardtanh",
  torch: "F.hardtanh(a)",
  takes: "numbers",
  of: (x, min = -1, max = 1) => {
    if (min > max) throw new ArgumentError(`hardtanh: expected min <= max, got ${min} and ${max}`);
    if (x.dtype === "uint8" && min < 0) throw new ArgumentError(`hardtanh: expected min >= 0 for uint8, got ${min}`);
    return x.clamp(min, max);
  },
  vjp: (g, { in: [x], options: [min = -1, max = 1] }) => onlyWhere(x.gt(min).logicalAnd(x.lt(max)), g),
  saves: "in",
  samples: [
    ...floatSamples(),
    called({ shape: [6] }, [-0.5, 2], "F.hardtanh(a, -0.5, 2)"),
    called([-1, 1, 0, 2], [], "F.hardtanh(a)", false),
    called({ values: [-5, 0, 5], dtype: "int64" }, [], "F.hardtanh(a)"),
  ],
});

/** x relu6(x + 3) / 6 (torch.nn.functional.hardswish; Howard et al., 2019). */
export const hardswish: Formula<[]> = formula({
  name: "hardswish",
  torch: "F.hardswish(a)",
  takes: "floats",
  of: (x) => x.mul(x.add(3).clamp(0, 6)).div(6),
  vjp: (g, { in: [x] }) => where(x.le(-3), g.zerosLike(), where(x.ge(3), g, g.mul(x.div(3).add(0.5)))),
  saves: "in",
  samples: [...floatSamples(), called([-3, 3, -4, 4, 1], [], "F.hardswish(a)", false)],
});

/** relu6(x + 3) / 6 (torch.nn.functional.hardsigmoid). */
export const hardsigmoid: Formula<[]> = formula({
  name: "hardsigmoid",
  // PyTorch's own gradient has a float32 constant in it, also for float64.
  torch: "torch.clamp(a + 3, 0, 6) / 6",
  takes: "floats",
  of: (x) => x.add(3).clamp(0, 6).div(6),
  vjp: (g, { in: [x] }) => onlyWhere(x.gt(-3).logicalAnd(x.lt(3)), g.div(6)),
  saves: "in",
  samples: [...floatSamples(), called({ values: [-3, 3, -4, 4, 1], dtype: "float32" }, [], "F.hardsigmoid(a)")],
});

/** x / (1 + |x|); its gradient at the infinities is 0, where PyTorch's is NaN (torch.nn.functional.softsign). */
export const softsign: Formula<[]> = formula({
  name: "softsign",
  torch: "F.softsign(a)",
  takes: "floats",
  of: (x) => x.div(x.abs().add(1)),
  // d = dx / (1 + |x|)²
  vjp: (g, { in: [x] }) => g.div(x.abs().add(1).square()),
  saves: "in",
  samples: floatSamples().map((sample) =>
    sample.gradcheck === false ? { in: [[NaN, 0, -0, 1e300, -30]], gradcheck: false } : sample,
  ),
});
