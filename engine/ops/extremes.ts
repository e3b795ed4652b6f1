// The larger and the smaller of two. Every export is a Tensor method.
import { binary, onlyWhere, zeroWhere } from "../families.js";
import { anyPairs } from "../families/samples.js";
import { where } from "../functional/where.js";
import type { Tensor } from "../tensor.js";

const ties = {
  in: [
    [1, 2, 3, NaN, 1, NaN],
    [3, 2, 1, 1, NaN, NaN],
  ],
  gradcheck: false,
};

/** `g` where x wins, half of it at a tie, all of it at NaN. */
const shared = (g: Tensor, tie: Tensor, loses: Tensor): Tensor => zeroWhere(loses, where(tie, g.mul(0.5), g));

/** The larger of two; NaN wins, a tie shares its gradient in halves (torch.maximum). */
export const maximum = binary({
  name: "maximum",
  tf: "Maximum",
  takes: "any",
  vjp: (g, { in: [x, y], needs }) => {
    const tie = x.eq(y);
    return [needs[0] ? shared(g, tie, x.lt(y)) : undefined, needs[1] ? shared(g, tie, x.gt(y)) : undefined];
  },
  saves: "in",
  samples: [...anyPairs(), ties],
});

/** The smaller of two; NaN wins, a tie shares its gradient in halves (torch.minimum). */
export const minimum = binary({
  name: "minimum",
  tf: "Minimum",
  takes: "any",
  vjp: (g, { in: [x, y], needs }) => {
    const tie = x.eq(y);
    return [needs[0] ? shared(g, tie, x.gt(y)) : undefined, needs[1] ? shared(g, tie, x.lt(y)) : undefined];
  },
  saves: "in",
  samples: [...anyPairs(), ties],
});

/** The larger of two, passing over NaN where the other is a number (torch.fmax). */
export const fmax = binary({
  name: "fmax",
  tf: (x, y) => where(x.ge(y).logicalOr(y.isnan()), x, y),
  takes: "any",
  vjp: (g, { in: [x, y], needs }) => {
    const first = x.ge(y).logicalOr(y.isnan());
    return [needs[0] ? onlyWhere(first, g) : undefined, needs[1] ? zeroWhere(first, g) : undefined];
  },
  saves: "in",
  samples: [...anyPairs(), ties],
});

/** The smaller of two, passing over NaN where the other is a number (torch.fmin). */
export const fmin = binary({
  name: "fmin",
  tf: (x, y) => where(x.le(y).logicalOr(y.isnan()), x, y),
  takes: "any",
  vjp: (g, { in: [x, y], needs }) => {
    const first = x.le(y).logicalOr(y.isnan());
    return [needs[0] ? onlyWhere(first, g) : undefined, needs[1] ? zeroWhere(first, g) : undefined];
  },
  saves: "in",
  samples: [...anyPairs(), ties],
});
