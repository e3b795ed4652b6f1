// Batch normalisation (Ioffe and Szegedy, 2015). float32 goes to TensorFlow's fused kernels; the other dtypes, and gradients
// of gradients, to differentiable operations that say the same.
import {
  type BatchNormSettings,
  batchNormByBatch,
  batchNormByGiven,
  batchNormGradient,
  blends,
} from "../backend/batchNorm.js";
import { ones, zeros } from "../create.js";
import { isFloating, isHalf } from "../dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "../errors.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { type Shape, sizeOf } from "../shape.js";
import { isGradEnabled, noGrad } from "../state.js";
import { Tensor } from "../tensor.js";
import { type Over, standardise, standardiseGradient, standardisedBy, toBeWritten } from "./standardise.js";
import { normSamples } from "./normSamples.js";
import { nhwcOf } from "./spatial.js";

export interface BatchNormOptions {
  /** Normalise by the batch's statistics and let the running ones follow; else by the running ones. Default false. */
  readonly training?: boolean;
  /** How much of the batch goes into the running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Default 1e-5. */
  readonly eps?: number;
}

const images = [0, 2, 3] as const;

/** Gradients of weight and bias for the standardised input. */
const affineGradients = (g: Tensor, standardised: Tensor): readonly [Tensor, Tensor] => [
  g.mul(standardised).sum(images),
  g.sum(images),
];

const fusedGradients = (
  settings: BatchNormSettings,
  g: Tensor,
  [x, weight, , mean, variance, reserve]: readonly Tensor[],
): readonly Tensor[] => {
  const inputs = [nhwcOf(g), nhwcOf(x), weight.strided(), mean.strided(), variance.strided()] as const;
  const [gx, ...rest] = batchNormGradient(settings, x.device, inputs, reserve?.storage);
  return [
    new Tensor(gx, x.shape, x.dtype, x.device),
    ...rest.map((storage) => new Tensor(storage, weight.shape, x.dtype, x.device)),
  ];
};

const perChannel = (v: Tensor): Tensor => v.reshape(1, -1, 1, 1);

/** Of (x, weight, bias, mean, variance, reserve, new running mean, new running variance); from mean on written here. */
const byBatchSpec: OpSpec<{ readonly settings: BatchNormSettings; readonly running?: readonly [Tensor, Tensor] }> = {
  name: "batchNorm",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward([x, weight, bias, ...written], { settings, running }, _out, on) {
    const [mean, variance, reserve, runningMean, runningVar] = written.map((v) => v.storage);
    return batchNormByBatch(
      settings,
      on,
      [nhwcOf(x), weight.strided(), bias.strided()],
      running && [running[0].strided(), running[1].strided()],
      { mean, variance, reserve, runningMean, runningVar },
    );
  },
  vjp(g, { in: inputs, options: { settings } }) {
    if (!isGradEnabled() && g.device.type !== "meta") return fusedGradients(settings, g, inputs);
    const [x, weight] = inputs;
    const own = standardisedBy(x, { dims: images, eps: settings.eps });
    return [standardiseGradient(g.mul(perChannel(weight)), own, images), ...affineGradients(g, own.standardised)];
  },
  saves: "in",
  samples: [],
};

/** Of (x, weight, bias, mean, variance). */
const byGivenSpec: OpSpec<BatchNormSettings> = {
  name: "batchNorm",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x, ...rest], settings, _out, on) => {
    const [weight, bias, mean, variance] = rest.map((v) => v.strided());
    return batchNormByGiven(settings, on, [nhwcOf(x), weight, bias, mean, variance]);
  },
  vjp(g, { in: inputs, options: settings }) {
    if (!isGradEnabled() && g.device.type !== "meta") return fusedGradients(settings, g, inputs);
    const [x, weight, , mean, variance] = inputs;
    const rstd = perChannel(variance.add(settings.eps).rsqrt());
    const standardised = x.sub(perChannel(mean)).mul(rstd);
    return [g.mul(perChannel(weight)).mul(rstd), ...affineGradients(g, standardised)];
  },
  saves: "in",
  samples: [],
};

/** [N, C, …] as images: the fused kernels know no other. */
const imagesShape = ([n, c, ...rest]: Shape): Shape => [n, c, rest[0] ?? 1, sizeOf(rest.slice(1))];

function fused(x: Tensor, running: Running | undefined, weight: Tensor, bias: Tensor, o: Settled): Tensor {
  const batch = x.ndim === 4 ? x : x.reshape(imagesShape(x.shape));
  const out = o.training
    ? fusedByBatch(batch, running, weight, bias, o)
    : // What the running statistics become later must not reach this call's gradient.
      apply(byGivenSpec, [batch, weight, bias, ...(running as Running).map((v) => v.snapshot())], {
        eps: o.eps,
        training: false,
        factor: 1,
      });
  return x.ndim === 4 ? out : out.reshape(x.shape);
}

function fusedByBatch(x: Tensor, running: Running | undefined, weight: Tensor, bias: Tensor, o: Settled): Tensor {
  const factor = running && blends(o.momentum) ? o.momentum : 1;
  const [mean, variance, reserve, newMean, newVar] = Array.from({ length: 5 }, () => toBeWritten(weight.shape, weight));
  const settings = { eps: o.eps, training: true, factor };
  const out = apply(byBatchSpec, [x, weight, bias, mean, variance, reserve, newMean, newVar], { settings, running });
  if (running) noGrad(() => follow(running, [newMean, newVar], factor === o.momentum ? 1 : o.momentum));
  return out;
}

type Running = readonly [mean: Tensor, variance: Tensor];
type Settled = Required<BatchNormOptions>;

/** running ← (1 - momentum) running + momentum batch, in place and not recorded. */
function follow(running: Running, batch: Running, momentum: number): void {
  running.forEach((old, i) => {
    old.overwrite(momentum === 1 ? batch[i] : old.mul(1 - momentum).add(batch[i].mul(momentum)));
  });
}

/** float64: by operations that are recorded one by one. */
function composed(
  x: Tensor,
  running: Running | undefined,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
  o: Settled,
): Tensor {
  const over: Over = { dims: x.shape.map((_, i) => i).filter((i) => i !== 1), eps: o.eps };
  const wide = (v: Tensor): Tensor => v.reshape(x.shape.map((_, i) => (i === 1 ? -1 : 1)));
  let out: Tensor;
  if (o.training) {
    out = standardise(x, over);
    if (running) noGrad(() => follow(running, statisticsOf(x, over.dims), o.momentum));
  } else {
    const [mean, variance] = running as Running;
    out = x.sub(wide(mean.snapshot())).mul(wide(variance.snapshot().add(o.eps).rsqrt()));
  }
  if (weight) out = out.mul(wide(weight));
  return bias ? out.add(wide(bias)) : out;
}

/** The batch's mean and unbiased variance. */
function statisticsOf(x: Tensor, dims: readonly number[]): Running {
  const mean = x.mean(dims, { keepdim: true });
  const count = sizeOf(dims.map((d) => x.shape[d]));
  return [
    mean.reshape(-1),
    x
      .sub(mean)
      .square()
      .sum(dims)
      .div(count - 1),
  ];
}

function checkInputs(x: Tensor, vectors: Readonly<Record<string, Tensor | undefined>>): void {
  expectTensor("batchNorm", "input", x);
  if (x.ndim < 2) throw new ShapeError(`batchNorm: expected [N, C] or [N, C, …], got ${shapeText(x.shape)}`);
  if (!isFloating(x.dtype)) throw new DTypeError(`batchNorm: expected a floating dtype, got ${x.dtype}`);
  for (const [name, v] of Object.entries(vectors)) {
    if (v === undefined) continue;
    expectTensor("batchNorm", name, v);
    if (v.ndim !== 1 || v.shape[0] !== x.shape[1]) {
      throw new ShapeError(
        `batchNorm: expected ${name} of [${x.shape[1]}] for input ${shapeText(x.shape)}, got ${shapeText(v.shape)}`,
      );
    }
  }
}

function checkStatistics(x: Tensor, mean: Tensor | undefined, variance: Tensor | undefined, o: Settled): void {
  if ((mean === undefined) !== (variance === undefined)) {
    throw new ArgumentError("batchNorm: expected both runningMean and runningVar or neither");
  }
  if (!o.training && !mean) {
    throw new ArgumentError(
      "batchNorm: expected runningMean and runningVar when not training; pass { training: true }",
    );
  }
  if (o.training && x.numel() === x.shape[1]) {
    throw new ShapeError(
      `batchNorm: expected more than one value per channel when training, got ${shapeText(x.shape)}; use a larger batch, or eval()`,
    );
  }
}

type BatchNorm = ((
  x: Tensor,
  runningMean?: Tensor,
  runningVar?: Tensor,
  weight?: Tensor,
  bias?: Tensor,
  options?: BatchNormOptions,
) => Tensor) &
  Declared;

/**
 * (x - mean) / √(variance + eps) · weight + bias per channel (torch.nn.functional.batch_norm). While training, mean and
 * variance are the batch's, and the running ones are changed in place (the variance unbiased), without being recorded.
 * @param x [N, C] or [N, C, …]
 * @param runningMean [C]; needed unless training. So are the other vectors, each of which may be left out.
 * @throws ShapeError when training with one value per channel.
 */
export const batchNorm: BatchNorm = declare(
  {
    name: "batchNorm",
    torch: "F.batch_norm(a, b.detach().clone(), c.detach().clone(), d, e, training=True)",
    vjp: byBatchSpec.vjp,
    samples: normSamples.batchNorm,
  },
  (x, runningMean, runningVar, weight, bias, options) => {
    const { training = false, momentum = 0.1, eps = 1e-5 } = expectOptions("batchNorm", options, "{ training: true }");
    const settled = { training, momentum, eps };
    checkInputs(x, { runningMean, runningVar, weight, bias });
    checkStatistics(x, runningMean, runningVar, settled);
    const running: Running | undefined = runningMean && runningVar && [runningMean, runningVar];
    const half = isHalf(x.dtype);
    const wide = half ? x.to("float32") : x;
    const channels = [x.shape[1]];
    const like = { dtype: wide.dtype, device: x.device };
    const [scale, offset] = [weight, bias].map((v) => v?.to(wide.dtype));
    const own = running && running[0].dtype === wide.dtype;
    const statistics = !running || own ? running : (running.map((v) => v.to(wide.dtype)) as unknown as Running);
    const out =
      wide.dtype === "float32" && x.numel() > 0
        ? fused(wide, statistics, scale ?? ones(channels, like), offset ?? zeros(channels, like), settled)
        : composed(wide, statistics, scale, offset, settled);
    if (running && statistics && !own && training) {
      noGrad(() => running.forEach((v, i) => v.overwrite(statistics[i].to(v.dtype))));
    }
    return half ? out.to(x.dtype) : out;
  },
);
