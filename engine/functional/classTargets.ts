// Class numbers as targets: their checks, the classes as the last of two dims, and what becomes of ignored ones.
import { placeText, scanClasses } from "../backend/hostScan.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, DTypeError, DeviceError, ShapeError, shapeText } from "../errors.js";
import { numberLike } from "../families.js";
import { expectTensor } from "../op.js";
import { type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { computedIn } from "./pairLoss.js";
import type { LossOptions, Reduction } from "./reduction.js";
import { takeRows } from "./takeRows.js";
import { where } from "./where.js";

export interface ClassLossOptions extends LossOptions {
  /** One factor per class, [C]; a mean is then divided by the sum of the targets' factors. */
  readonly weight?: Tensor;
  /** Targets of this value count for nothing. Default -100. */
  readonly ignoreIndex?: number;
}

/** PyTorch's default `ignoreIndex`. */
export const ignoredByDefault = -100;

/** An input and its class numbers as rows. */
export interface ClassRows {
  /** [N, C], in the dtype that losses are computed in. */
  readonly rows: Tensor;
  /** [N]; a class of every row, 0 where the target is ignored. */
  readonly index: Tensor;
  /** Where the target is ignored; undefined when it is known that none is. */
  readonly ignored: Tensor | undefined;
  /** Where the target is no class at all, on devices where looking at it would mean waiting for them. */
  readonly outside: Tensor | undefined;
  readonly weight: Tensor | undefined;
  /** Of the target. */
  readonly shape: Shape;
}

/** Where the classes are: dim 1, or 0 of a single example. */
export const classDim = (x: Tensor): number => (x.ndim === 1 ? 0 : 1);

/** @throws DTypeError unless `x` is floating; ShapeError without classes. */
export function expectScores(op: string, x: unknown): asserts x is Tensor {
  expectTensor(op, "input", x);
  if (!isFloating(x.dtype)) {
    throw new DTypeError(`${op}: expected input of a floating dtype, got ${x.dtype}; convert with .to("float32")`);
  }
  if (x.ndim === 0) throw new ShapeError(`${op}: expected input of [C], [N, C] or [N, C, d1, …], got a 0-d tensor`);
}

/** Checks the classes' factors. */
export function expectClassWeight(op: string, weight: Tensor | undefined, x: Tensor): void {
  if (weight === undefined) return;
  expectTensor(op, "weight", weight);
  const classes = x.shape[classDim(x)];
  if (!sameShape(weight.shape, [classes])) {
    throw new ShapeError(`${op}: expected a weight of [${classes}], got ${shapeText(weight.shape)}`);
  }
  if (weight.device !== x.device) {
    throw new DeviceError(
      `${op}: expected a weight on the input's device ${x.device.name}, got ${weight.device.name}; move it with .to(device)`,
    );
  }
  if (weight.dtype !== x.dtype) {
    throw new DTypeError(
      `${op}: expected a weight of the input's dtype ${x.dtype}, got ${weight.dtype}; convert with .to("${x.dtype}")`,
    );
  }
}

/** Classes last, everything else as rows. */
export function rowsOfClasses(x: Tensor): Tensor {
  const wide = x.dtype === computedIn(x.dtype) ? x : x.to(computedIn(x.dtype));
  const { ndim, shape } = wide;
  if (ndim === 1) return wide.unsqueeze(0);
  if (ndim === 2) return wide;
  const count = shape.reduce((n, size, i) => (i === 1 ? n : n * size), 1);
  return wide.permute([0, ...shape.slice(2).map((_, i) => i + 2), 1]).reshape([count, shape[1]]);
}

function expectTarget(op: string, x: Tensor, target: unknown): asserts target is Tensor {
  expectTensor(op, "target", target);
  if (target.dtype !== "int64" && target.dtype !== "int32" && target.dtype !== "uint8") {
    throw new DTypeError(
      `${op}: expected class numbers (int64) as target, got ${target.dtype}; convert with .to("int64")`,
    );
  }
  const wanted = x.ndim === 1 ? [] : [x.shape[0], ...x.shape.slice(2)];
  if (!sameShape(target.shape, wanted)) {
    throw new ShapeError(
      `${op}: expected a target of ${shapeText(wanted)} for input ${shapeText(x.shape)}, got ${shapeText(target.shape)}`,
    );
  }
}

/**
 * Checks input, target and weight and makes rows of them.
 * @throws ArgumentError for a target that is no class (on a CPU; elsewhere its loss is NaN), naming it and its place.
 */
export function classRows(
  op: string,
  x: unknown,
  target: unknown,
  { weight, ignoreIndex = ignoredByDefault }: ClassLossOptions,
): ClassRows {
  expectScores(op, x);
  expectTarget(op, x, target);
  expectClassWeight(op, weight, x);
  const rows = rowsOfClasses(x);
  const parts = { rows, weight: weight && weight.to(rows.dtype), shape: target.shape };
  const { device, dtype } = target;
  if (device !== x.device) return { ...parts, index: target, ignored: undefined, outside: undefined }; // refused by the operation
  const whole = dtype === "uint8" ? target.to("int64") : target;
  const flat = whole.ndim === 1 ? whole : whole.reshape([-1]);
  const classes = rows.shape[1];
  let clean = device.type === "meta";
  if (device.type === "cpu") {
    const { ignored, misfit } = scanClasses(flat.strided(), flat.dtype as "int64" | "int32", classes, ignoreIndex);
    if (misfit) {
      throw new ArgumentError(
        `${op}: expected targets in [0, ${classes - 1}]${ignoreIndex >= 0 ? "" : ` or ${ignoreIndex}`}, got ${misfit.value}${placeText(target.shape, misfit.index)}; the input ${shapeText(x.shape)} has ${classes} classes`,
      );
    }
    clean = ignored === 0;
  }
  if (clean) return { ...parts, index: flat, ignored: undefined, outside: undefined };
  return { ...parts, ...masked(flat, classes, ignoreIndex, device.type !== "cpu") };
}

/** Class numbers that a kernel may use, and where they stand for others. */
export function masked(
  flat: Tensor,
  classes: number,
  ignoreIndex: number,
  unseen: boolean,
): Pick<ClassRows, "index" | "ignored" | "outside"> {
  const ignored = flat.eq(ignoreIndex);
  const known = where(ignored, numberLike(0, flat.dtype, flat.device), flat);
  if (!unseen) return { index: known, ignored, outside: undefined };
  const index = known.maximum(0).minimum(classes - 1);
  return { index, ignored, outside: index.ne(known) };
}

/** Losses [N] of the rows at their classes, with factors, as the reduction says and in the input's dtype. */
export function settled(losses: Tensor, r: ClassRows, reduction: Reduction, dtype: Tensor["dtype"]): Tensor {
  const { index, ignored, outside, weight, shape } = r;
  const zero = numberLike(0, losses.dtype, losses.device);
  let settledLosses = losses;
  if (outside) settledLosses = where(outside, numberLike(NaN, losses.dtype, losses.device), settledLosses);
  if (ignored) settledLosses = where(ignored, zero, settledLosses); // not a product: an ignored row may be infinite
  if (reduction === "none") return settledLosses.reshape(shape).to(dtype);
  if (reduction === "sum") return settledLosses.sum().to(dtype);
  const factors = weight ? takeRows(weight, index) : undefined;
  if (!ignored) return (factors ? settledLosses.sum().div(factors.sum()) : settledLosses.mean()).to(dtype);
  const counted = where(ignored, zero, factors ?? numberLike(1, losses.dtype, losses.device));
  return settledLosses.sum().div(counted.sum()).to(dtype);
}

/** Losses [N] times the factors of their classes. */
export const weighed = (losses: Tensor, { weight, index }: ClassRows): Tensor =>
  weight ? losses.mul(takeRows(weight, index)) : losses;
