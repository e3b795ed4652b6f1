// Random contents: in place, and by the probabilities that a tensor holds. Every export is a Tensor method.
import { isFloating } from "../dtype.js";
import { ArgumentError, expectOptions } from "../errors.js";
import { notFloating } from "../families.js";
import { expectTensor } from "../op.js";
import type { Generator } from "../random.js";
import type { Tensor } from "../tensor.js";
import { type InPlace, inPlace } from "../inPlace.js";

export interface DrawOptions {
  /** Default: the device's generator, which `manualSeed` governs. */
  readonly generator?: Generator;
}

/** Normal with a mean and a standard deviation (torch.Tensor.normal_). */
export const normal_: InPlace<[mean?: number, std?: number, options?: DrawOptions]> = inPlace(
  "normal_",
  (x: Tensor, mean = 0, std = 1, options: DrawOptions = {}) => {
    expectOptions("normal_", options, "{ generator }");
    if (!isFloating(x.dtype)) throw notFloating("normal_", x.dtype);
    if (!(std >= 0)) throw new ArgumentError(`normal_: expected std >= 0, got ${std}`);
    return x.detach().randnLike(options).mul(std).add(mean);
  },
);

/** Uniform in [low, high) (torch.Tensor.uniform_). */
export const uniform_: InPlace<[low?: number, high?: number, options?: DrawOptions]> = inPlace(
  "uniform_",
  (x: Tensor, low = 0, high = 1, options: DrawOptions = {}) => {
    expectOptions("uniform_", options, "{ generator }");
    if (!isFloating(x.dtype)) throw notFloating("uniform_", x.dtype);
    if (!(low <= high)) throw new ArgumentError(`uniform_: expected low <= high, got ${low} and ${high}`);
    return x
      .detach()
      .randLike(options)
      .mul(high - low)
      .add(low);
  },
);

/** 1 with probability p, else 0, in `dtype`s of any kind; p is a number or a tensor that is broadcast. */
function draw(op: string, x: Tensor, p: Tensor | number, options: DrawOptions): Tensor {
  if (typeof p === "number" && !(p >= 0 && p <= 1)) throw new ArgumentError(`${op}: expected p in [0, 1], got ${p}`);
  const chance = x.detach().randLike({ ...options, dtype: isFloating(x.dtype) ? x.dtype : "float32" });
  return chance.lt(typeof p === "number" ? p : p.detach()).to(x.dtype);
}

/** 1 with probability p, else 0; p is a number or a tensor (torch.Tensor.bernoulli_). */
export const bernoulli_: InPlace<[p?: Tensor | number, options?: DrawOptions]> = inPlace(
  "bernoulli_",
  (x: Tensor, p: Tensor | number = 0.5, options: DrawOptions = {}) => {
    expectOptions("bernoulli_", options, "{ generator }");
    return draw("bernoulli_", x, p, options);
  },
);

/** 1 with the probability that each element holds, else 0 (torch.bernoulli). No gradient. */
export const bernoulli: (x: Tensor, options?: DrawOptions) => Tensor = (x, options = {}) => {
  expectOptions("bernoulli", options, "{ generator }");
  expectTensor("bernoulli", "input", x);
  if (!isFloating(x.dtype)) throw notFloating("bernoulli", x.dtype);
  return draw("bernoulli", x, x, options);
};

/** Whole numbers in [low, high) (torch.Tensor.random_). */
export const random_: InPlace<[low: number, high: number, options?: DrawOptions]> = inPlace(
  "random_",
  (x: Tensor, low: number, high: number, options: DrawOptions = {}) => {
    expectOptions("random_", options, "{ generator }");
    return x.detach().randintLike(low, high, options);
  },
);
