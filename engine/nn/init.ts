// Initial values (torch.nn.init), in place and without recording. Every function returns its tensor.
import { boolAttr, execute, executeMany, kernel, typeAttr } from "../backend/native.js";
import { fromTypedArray, rand, randn } from "../create.js";
import type { DType } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText, expectOptions } from "../errors.js";
import type { Generator } from "../random.js";
import { sizeOf } from "../shape.js";
import { noGrad } from "../state.js";
import type { Storage } from "../storage.js";
import { Tensor } from "../tensor.js";
import { fans } from "./fans.js";

export interface InitOptions {
  /** Default: the device's generator, which `manualSeed` governs. */
  readonly generator?: Generator;
}

const likeOf = (x: Tensor, { generator }: InitOptions) => ({ dtype: x.dtype, device: x.device, generator });

/** Uniform in [low, high) (torch.nn.init.uniform_). */
export function uniform_(x: Tensor, low = 0, high = 1, options: InitOptions = {}): Tensor {
  expectOptions("uniform_", options, "{ generator }");
  return noGrad(() =>
    x.copy_(
      rand(x.shape, likeOf(x, options))
        .mul(high - low)
        .add(low),
    ),
  );
}

/** Normal with a mean and standard deviation (torch.nn.init.normal_). */
export function normal_(x: Tensor, mean = 0, std = 1, options: InitOptions = {}): Tensor {
  expectOptions("normal_", options, "{ generator }");
  requireSpread("normal_", std);
  return noGrad(() => x.copy_(randn(x.shape, likeOf(x, options)).mul(std).add(mean)));
}

/** One value everywhere (torch.nn.init.constant_). */
export const constant_ = (x: Tensor, value: number): Tensor => noGrad(() => x.fill_(value));

/** All ones (torch.nn.init.ones_). */
export const ones_ = (x: Tensor): Tensor => constant_(x, 1);

/** All zeros (torch.nn.init.zeros_). */
export const zeros_ = (x: Tensor): Tensor => noGrad(() => x.zero_());

/** Ones on the diagonal of a matrix, zeros elsewhere (torch.nn.init.eye_). */
export function eye_(x: Tensor): Tensor {
  if (x.ndim !== 2) throw new ShapeError(`eye_: expected 2 dimensions, got ${shapeText(x.shape)}`);
  const [rows, columns] = x.shape;
  return fillAt(
    x,
    Array.from({ length: Math.min(rows, columns) }, (_, i) => i * columns + i),
  );
}

/**
 * A convolution that passes its channels on: each group's first channels through the middle of the kernel
 * (torch.nn.init.dirac_). x [out, in, ...kernel of 1 to 3 dims]
 */
export function dirac_(x: Tensor, options?: { readonly groups?: number }): Tensor {
  const { groups = 1 } = expectOptions("dirac_", options, "{ groups: 2 }");
  if (x.ndim < 3 || x.ndim > 5) throw new ShapeError(`dirac_: expected 3 to 5 dimensions, got ${shapeText(x.shape)}`);
  const [out, channels, ...field] = x.shape;
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
    throw new ArgumentError(`dirac_: expected groups that divide ${out}, got ${groups}`);
  }
  const middle = field.reduce((index, size) => index * size + Math.floor(size / 2), 0);
  const perGroup = out / groups;
  const places = Array.from({ length: groups * Math.min(perGroup, channels) }, (_, i) => {
    const channel = i % Math.min(perGroup, channels);
    const row = Math.floor(i / Math.min(perGroup, channels)) * perGroup + channel;
    return (row * channels + channel) * sizeOf(field) + middle;
  });
  return fillAt(x, places);
}

/** Ones at some places in logical order, zeros elsewhere. */
function fillAt(x: Tensor, places: readonly number[]): Tensor {
  const values = new Uint8Array(x.numel());
  for (const place of places) values[place] = 1;
  return noGrad(() => x.copy_(fromTypedArray(values, x.shape, { device: x.device }).to(x.dtype)));
}

/** What follows a layer, as `calculateGain` knows it. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "convTranspose1d"
  | "convTranspose2d"
  | "convTranspose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "selu";

/**
 * The factor that keeps a layer's values at one scale before a nonlinearity (torch.nn.init.calculate_gain).
 * @param param the slope of leakyRelu; default 0.01
 */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  switch (nonlinearity) {
    case "linear":
    case "conv1d":
    case "conv2d":
    case "conv3d":
    case "convTranspose1d":
    case "convTranspose2d":
    case "convTranspose3d":
    case "sigmoid":
      return 1;
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leakyRelu":
      if (!Number.isFinite(param)) throw new ArgumentError(`calculateGain: expected a slope, got ${param}`);
      return Math.sqrt(2 / (1 + param ** 2));
    case "selu":
      return 3 / 4;
    default:
      throw new ArgumentError(
        `calculateGain: expected a nonlinearity such as "relu", got ${JSON.stringify(nonlinearity satisfies never)}`,
      );
  }
}

export interface KaimingOptions extends InitOptions {
  /** The slope behind the layer's leaky ReLU. Default 0. */
  readonly a?: number;
  /** Keep the scale of the values ("fanIn", the default) or of the gradients. */
  readonly mode?: "fanIn" | "fanOut";
  /** Default "leakyRelu". */
  readonly nonlinearity?: Nonlinearity;
}

function kaimingStd(op: string, x: Tensor, { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions) {
  if (mode !== "fanIn" && mode !== "fanOut") {
    throw new ArgumentError(`${op}: expected mode "fanIn" or "fanOut", got ${JSON.stringify(mode satisfies never)}`);
  }
  return calculateGain(nonlinearity, a) / Math.sqrt(fans(x)[mode]);
}

/** Uniform in ±gain √(3 / fan) (He et al., 2015; torch.nn.init.kaiming_uniform_). */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  expectOptions("kaimingUniform_", options, '{ nonlinearity: "relu" }');
  if (x.numel() === 0) return x;
  const bound = Math.sqrt(3) * kaimingStd("kaimingUniform_", x, options);
  return uniform_(x, -bound, bound, options);
}

/** Normal of standard deviation gain / √fan (He et al., 2015; torch.nn.init.kaiming_normal_). */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  expectOptions("kaimingNormal_", options, '{ nonlinearity: "relu" }');
  if (x.numel() === 0) return x;
  return normal_(x, 0, kaimingStd("kaimingNormal_", x, options), options);
}

/** Uniform in ±gain √(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010; torch.nn.init.xavier_uniform_). */
export function xavierUniform_(x: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  expectOptions("xavierUniform_", options, "{ generator }");
  const bound = Math.sqrt(3) * xavierStd("xavierUniform_", x, gain);
  return uniform_(x, -bound, bound, options);
}

/** Normal of standard deviation gain √(2 / (fanIn + fanOut)) (Glorot and Bengio, 2010; torch.nn.init.xavier_normal_). */
export function xavierNormal_(x: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  expectOptions("xavierNormal_", options, "{ generator }");
  return normal_(x, 0, xavierStd("xavierNormal_", x, gain), options);
}

function xavierStd(op: string, x: Tensor, gain: number): number {
  if (!(gain > 0)) throw new ArgumentError(`${op}: expected a gain > 0, got ${gain}`);
  const { fanIn, fanOut } = fans(x);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Normal within [low, high] (torch.nn.init.trunc_normal_): the distribution's inverse on uniform numbers of the part that
 * is left, where PyTorch draws again until all fit.
 */
export function truncNormal_(x: Tensor, mean = 0, std = 1, low = -2, high = 2, options: InitOptions = {}): Tensor {
  expectOptions("truncNormal_", options, "{ generator }");
  if (!(std > 0)) throw new ArgumentError(`truncNormal_: expected a standard deviation > 0, got ${std}`);
  if (!(low <= high)) throw new ArgumentError(`truncNormal_: expected low <= high, got ${low} and ${high}`);
  // From the side of the distribution where the tail is small, or nothing would be left of it.
  const [a, b] = [(low - mean) / std, (high - mean) / std];
  const flipped = a > 0;
  const [from, to] = flipped ? [normalCdf(-b), normalCdf(-a)] : [normalCdf(a), normalCdf(b)];
  return noGrad(() => {
    const u = rand(x.shape, { ...likeOf(x, options), dtype: "float64" })
      .mul(to - from)
      .add(from);
    const z = inverseNormalCdf(u);
    const values = (flipped ? z.neg() : z).mul(std).add(mean);
    const bound = (value: number) => values.fullLike(value);
    return x.copy_(values.maximum(bound(low)).minimum(bound(high)));
  });
}

/** Φ(z), by TensorFlow's erfc in double precision. */
function normalCdf(z: number): number {
  const x = fromTypedArray(Float64Array.of(-z / Math.SQRT2), []);
  return 0.5 * through("Erfc", x).item();
}

/** Φ⁻¹ of each element. */
const inverseNormalCdf = (u: Tensor): Tensor => through("Ndtri", u);

/** One elementwise kernel in float64, outside of any history. */
function through(op: string, x: Tensor): Tensor {
  if (x.device.type === "meta") return x;
  const out = execute(kernel(op, [typeAttr("T", x.dtype)], 1), x.device, "strided", x.strided());
  return new Tensor(out, x.shape, x.dtype, x.device);
}

/**
 * Orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al., 2013; torch.nn.init.orthogonal_). Dims
 * after the first count as one.
 */
export function orthogonal_(x: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  expectOptions("orthogonal_", options, "{ generator }");
  if (x.ndim < 2) throw new ShapeError(`orthogonal_: expected at least 2 dimensions, got ${shapeText(x.shape)}`);
  if (x.numel() === 0) return x;
  const rows = x.shape[0];
  const columns = x.numel() / rows;
  const tall: [number, number] = rows < columns ? [columns, rows] : [rows, columns];
  const dtype: DType = x.dtype === "float64" ? "float64" : "float32";
  return noGrad(() => {
    const normal = randn(tall, { ...likeOf(x, options), dtype });
    const [q, diagonal] = qr(normal);
    // With the signs of R's diagonal the result is uniform over all orthogonal matrices.
    const uniform = q.mul(diagonal.sign());
    const wanted = rows < columns ? uniform.t() : uniform;
    return x.copy_(wanted.mul(gain).reshape(x.shape));
  });
}

/** Q [m, n] and the diagonal of R [n] of a matrix of m >= n. */
function qr(x: Tensor): readonly [Tensor, Tensor] {
  const [m, n] = x.shape;
  const { dtype, device } = x;
  if (device.type === "meta") return [x, x.select(0, 0)];
  const decompose = kernel("Qr", [typeAttr("T", dtype), boolAttr("full_matrices", false)], 1, { outputs: 2 });
  const [q, r] = executeMany(decompose, device, ["strided", "strided"], [x.strided()]);
  const part = kernel("MatrixDiagPart", [typeAttr("T", dtype)], 1);
  const diagonal = execute(part, device, "strided", r as Storage);
  return [new Tensor(q as Storage, [m, n], dtype, device), new Tensor(diagonal, [n], dtype, device)];
}

function requireSpread(op: string, std: number): void {
  if (!(std >= 0)) throw new ArgumentError(`${op}: expected a standard deviation >= 0, got ${std}`);
}
