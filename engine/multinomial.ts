// Draws of class numbers by weight (torch.multinomial).
import { execute, executeMany, kernel, meta, typeAttr, upload } from "./backend/native.js";
import { intScalar, intVector } from "./backend/constants.js";
import { zeros } from "./create.js";
import type { Device } from "./device.js";
import { isFloating } from "./dtype.js";
import { ArgumentError, DTypeError, ShapeError, shapeText, expectOptions } from "./errors.js";
import { expectTensor } from "./op.js";
import { type Generator, generatorOf } from "./random.js";
import { where } from "./functional/where.js";
import { noGrad } from "./state.js";
import type { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

export interface MultinomialOptions {
  /** Whether a class may be drawn again. Default false. */
  readonly replacement?: boolean;
  /** Default: the device's generator, which `manualSeed` governs. */
  readonly generator?: Generator;
}

/**
 * Class numbers drawn by their weights, which need not add up to 1 (torch.multinomial). Has no gradient.
 * @param input weights >= 0 of floating dtype, [classes] or [rows, classes]
 * @returns int64 [numSamples] or [rows, numSamples]
 * @throws {ArgumentError} for weights that are negative or not finite, a row of zeros, or, without replacement, fewer
 *   positive weights than samples
 */
export function multinomial(input: Tensor, numSamples: number, options?: MultinomialOptions): Tensor {
  const { replacement = false, generator } = expectOptions("multinomial", options, "{ replacement: true }");
  expectTensor("multinomial", "input", input);
  const { shape, ndim, dtype, device } = input;
  if (!isFloating(dtype)) throw new DTypeError(`multinomial: expected weights of a floating dtype, got ${dtype}`);
  if (ndim !== 1 && ndim !== 2)
    throw new ShapeError(`multinomial: expected 1 or 2 dimensions, got ${shapeText(shape)}`);
  const classes = shape[ndim - 1];
  if (!Number.isInteger(numSamples) || numSamples < 1) {
    throw new ArgumentError(`multinomial: expected numSamples as an integer >= 1, got ${numSamples}`);
  }
  if (classes === 0) throw new ShapeError(`multinomial: expected at least one class, got ${shapeText(shape)}`);
  if (!replacement && numSamples > classes) {
    throw new ArgumentError(
      `multinomial: expected at most ${classes} samples of ${classes} classes, got ${numSamples}; give { replacement: true }`,
    );
  }
  const out = [...shape.slice(0, -1), numSamples];
  if (device === meta() || out[0] === 0) return zeros(out, { dtype: "int64", device });
  return noGrad(() => {
    const rows = input.detach().reshape([-1, classes]);
    const wide = dtype === "float64" ? rows : rows.to("float32");
    checkWeights(wide, replacement ? 1 : numSamples);
    const stream = generator ?? generatorOf(device);
    const drawn = replacement ? withReplacement(wide, numSamples, stream) : distinct(wide, numSamples, stream);
    return new Tensor(drawn, [rows.shape[0], numSamples], "int64", device).reshape(out);
  });
}

function checkWeights(weights: Tensor, wanted: number): void {
  // NaN fails both comparisons.
  if (weights.ge(0).logicalAnd(weights.lt(Infinity)).all().item() === 0) {
    throw new ArgumentError("multinomial: expected finite weights >= 0, got one that is negative, infinite or NaN");
  }
  const positive = weights.gt(0).sum(1).amin().item();
  if (positive < wanted) {
    const remedy = wanted === 1 ? "" : "; give { replacement: true }";
    throw new ArgumentError(
      `multinomial: expected at least ${wanted} weights > 0 in every row, got a row with ${positive}${remedy}`,
    );
  }
}

/** The kernel walks up the cumulated weights; a weight of 0, whose logarithm is -∞, is never reached. */
function withReplacement(weights: Tensor, numSamples: number, generator: Generator): Storage {
  const { dtype, device, shape } = weights;
  const attrs = [typeAttr("T", dtype), typeAttr("Tseed", "int64"), typeAttr("output_dtype", "int64")];
  const seed = seedFor(device, generator, shape[0] * numSamples);
  const id = kernel("StatelessMultinomial", attrs, 3);
  return execute(id, device, "strided", weights.log().strided(), intScalar(device, numSamples), seed);
}

/**
 * The classes of the smallest times to arrive, each exponential with its weight as the rate: that is drawing one after
 * another by what is left.
 */
function distinct(weights: Tensor, numSamples: number, generator: Generator): Storage {
  const { dtype, device, shape } = weights;
  const attrs = [typeAttr("dtype", dtype), typeAttr("T", "int32"), typeAttr("Tseed", "int64")];
  const seed = seedFor(device, generator, shape[0] * shape[1]);
  const drawn = execute(kernel("StatelessRandomUniform", attrs, 2), device, "strided", intVector(device, shape), seed);
  const uniform = new Tensor(drawn, shape, dtype, device);
  // 1 - u is never 0, and log1p keeps what is close to it. What has no weight never arrives, also with u = 0.
  const times = where(weights.gt(0), uniform.neg().log1p().neg().div(weights), weights.fullLike(Infinity));
  const top = kernel("TopKV2", [typeAttr("T", dtype), typeAttr("Tk", "int32"), typeAttr("index_type", "int64")], 2, {
    outputs: 2,
  });
  const [, classes] = executeMany(
    top,
    device,
    [undefined, "strided"],
    [times.neg().strided(), intScalar(device, numSamples)],
  );
  return classes as Storage;
}

/** A kernel that wants a seed and no counter gets the generator's place in its stream as part of the seed. */
function seedFor(on: Device, generator: Generator, numbers: number): Storage {
  const place = BigInt(generator.reserve(Math.max(1, numbers)));
  return upload("int64", [2], on, BigInt64Array.of(BigInt.asIntN(64, generator.key), place));
}
