// Dropout: random masks from the device's default generator. There is no `inplace`: x.copy_(F.dropout(x)) is that.
import { rand } from "../create.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Declared, type Sample, expectTensor } from "../op.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";

export interface DropoutOptions {
  /** Chance of an element (or channel) to become 0. Default 0.5. */
  readonly p?: number;
  /** Without it the input passes unchanged. Default true, but false for `alphaDropout`, as in PyTorch. */
  readonly training?: boolean;
}

/** `p` by position or, with the rest, by name: `dropout(x, 0.2)`, `dropout(x, { training })`, `dropout(x, 0.2, { training })`. */
export type Dropout = ((x: Tensor, p?: number | DropoutOptions, options?: Omit<DropoutOptions, "p">) => Tensor) &
  Declared;

/** 1 with chance 1 - p, else 0. Drawn in float32: half precisions have too few numbers between 0 and 1. */
function kept(shape: Shape, p: number, like: Tensor): Tensor {
  return rand(shape, { device: like.device }).ge(p).to(like.dtype);
}

const scaled = (x: Tensor, p: number, shape: Shape): Tensor => x.mul(kept(shape, p, x).mul(1 / (1 - p)));

interface Kind {
  readonly name: string;
  readonly torch: string;
  readonly training: boolean;
  readonly samples: readonly Sample[];
  /** Checks the input's dims and says what shape the mask has. */
  readonly mask: (shape: Shape) => Shape;
  readonly apply?: (x: Tensor, p: number, mask: Shape) => Tensor;
}

function dropoutOf({ name, torch, training: usual, samples, mask, apply = scaled }: Kind): Dropout {
  const call = (x: Tensor, first?: number | DropoutOptions, more?: Omit<DropoutOptions, "p">): Tensor => {
    expectTensor(name, "input", x);
    const options = expectOptions(name, more, "{ training: false }");
    const { p = 0.5, training = usual } =
      typeof first === "number" ? { ...options, p: first } : expectOptions(name, first, "{ p: 0.2 }");
    if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${name}: expected p in [0, 1], got ${p}`);
    const shape = mask(x.shape);
    if (!training || p === 0) return x;
    if (!isFloating(x.dtype)) {
      throw new DTypeError(`${name}: expected a floating dtype, got ${x.dtype}; convert with .to("float32")`);
    }
    return p === 1 ? x.mul(0) : apply(x, p, shape);
  };
  return Object.assign(call, { opName: name, torch: `${torch}(a, 0.0)`, samples, differentiable: true });
}

/** What is not random: nothing dropped, everything dropped, no training. */
const certain = (torch: string, shape: Shape): readonly Sample[] => [
  { in: [{ shape }], args: [0] },
  { in: [{ shape }], args: [1, { training: true }], torch: `${torch}(a, 1.0, True)` },
  { in: [{ shape }], args: [{ p: 0.7, training: false }], torch: `${torch}(a, 0.7, False)` },
  { in: [{ shape, transposed: true }], args: [1, { training: true }], torch: `${torch}(a, 1.0, True)` },
  {
    in: [{ shape: shape.map((n, i) => (i === 0 ? 0 : n)) }],
    args: [0.3, { training: true }],
    torch: `${torch}(a, 0.3, True)`,
  },
  { in: [{ shape, dtype: "float32" }], args: [1, { training: true }], torch: `${torch}(a, 1.0, True)` },
  { in: [{ shape, dtype: "bfloat16" }], args: [0, { training: true }], torch: `${torch}(a, 0.0, True)` },
];

/**
 * Zeroes elements with chance p and multiplies the rest by 1 / (1 - p) (torch.nn.functional.dropout).
 * @throws ArgumentError for a p outside [0, 1]; DTypeError for integers, when it drops.
 */
export const dropout: Dropout = dropoutOf({
  name: "dropout",
  torch: "F.dropout",
  training: true,
  samples: [
    ...certain("F.dropout", [2, 3]),
    {
      in: [[Infinity, NaN, -0, 1e300]],
      args: [1],
      torch: "F.dropout(a, 1.0)",
      gradcheck: false,
    },
    { in: [3], args: [1], torch: "F.dropout(a, 1.0)" },
  ],
  mask: (shape) => shape,
});

/** A mask per channel, for inputs with and without a batch. */
const perChannel =
  (name: string, dims: string, spatial: number, alone: boolean, remedy = "") =>
  (shape: Shape): Shape => {
    const batched = shape.length === spatial + 2;
    if (!batched && !(alone && shape.length === spatial + 1)) {
      const wanted = `[N, C, ${dims}]${alone ? ` or [C, ${dims}]` : ""}`;
      throw new ShapeError(`${name}: expected ${wanted}, got ${shapeText(shape)}${remedy}`);
    }
    const lead = batched ? 2 : 1;
    return shape.map((n, i) => (i < lead ? n : 1));
  };

/**
 * Zeroes whole channels of [N, C, L] or [C, L] with chance p (torch.nn.functional.dropout1d).
 * @throws ShapeError for other ranks; ArgumentError and DTypeError as `dropout`.
 */
export const dropout1d: Dropout = dropoutOf({
  name: "dropout1d",
  torch: "F.dropout1d",
  training: true,
  samples: [...certain("F.dropout1d", [2, 3, 4]), { in: [{ shape: [3, 4] }], args: [1], torch: "F.dropout1d(a, 1.0)" }],
  mask: perChannel("dropout1d", "L", 1, true),
});

/**
 * Zeroes whole channels of [N, C, H, W] with chance p (torch.nn.functional.dropout2d). PyTorch takes three dims for
 * [N, C, L] with a warning; here they are an error.
 * @throws ShapeError for other ranks; ArgumentError and DTypeError as `dropout`.
 */
export const dropout2d: Dropout = dropoutOf({
  name: "dropout2d",
  torch: "F.dropout2d",
  training: true,
  samples: certain("F.dropout2d", [2, 3, 2, 2]),
  mask: perChannel("dropout2d", "H, W", 2, false, "; use dropout1d for [N, C, L], or unsqueeze(0) for [C, H, W]"),
});

/**
 * Zeroes whole channels of [N, C, D, H, W] or [C, D, H, W] with chance p (torch.nn.functional.dropout3d).
 * @throws ShapeError for other ranks; ArgumentError and DTypeError as `dropout`.
 */
export const dropout3d: Dropout = dropoutOf({
  name: "dropout3d",
  torch: "F.dropout3d",
  training: true,
  samples: certain("F.dropout3d", [2, 3, 2, 1, 2]),
  mask: perChannel("dropout3d", "D, H, W", 3, true),
});

/** Where SELU saturates: its scale times its alpha. */
const saturation = 1.7580993408473766;

/**
 * Sets elements to SELU's saturation with chance p and keeps mean and variance of the whole (Klambauer et al., 2017;
 * torch.nn.functional.alpha_dropout). `training` is false unless given, as in PyTorch.
 * @throws ArgumentError for a p outside [0, 1]; DTypeError for integers, when it drops.
 */
export const alphaDropout: Dropout = dropoutOf({
  name: "alphaDropout",
  torch: "F.alpha_dropout",
  training: false,
  samples: certain("F.alpha_dropout", [2, 3]),
  mask: (shape) => shape,
  apply(x, p, shape) {
    const stay = kept(shape, p, x);
    const a = 1 / Math.sqrt((saturation * saturation * p + 1) * (1 - p));
    // a (m x - s (1 - m) + s p) with the mask m and the saturation s
    return x.mul(stay.mul(a)).add(stay.mul(saturation * a).add(saturation * a * (p - 1)));
  },
});
