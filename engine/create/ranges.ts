// Numbers at equal distances.
import { wholeRange } from "../backend/wholeRange.js";
import { intScalar, scalar } from "../backend/constants.js";
import { cast } from "../backend/kernels.js";
import { execute, kernel, typeAttr } from "../backend/native.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ArgumentError, expectOptions } from "../errors.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { type TensorOptions, checkedShape, leaf } from "./leaf.js";

export type RangeOptions = TensorOptions;

const numbers = (op: string, of: DType, on: Device, ...inputs: readonly Storage[]): Storage =>
  execute(kernel(op, [typeAttr("T", of)], inputs.length), on, "strided", ...inputs);

const converted = (values: Storage, from: DType, to: DType, on: Device): Storage =>
  from === to ? values : execute(cast(from, to), on, "strided", values);

/**
 * `start`, `start + step`, … below `end`, as `arange(end)`, `arange(start, end)` or `arange(start, end, step)`, then
 * options; int64 for whole numbers, else float32 (torch.arange). Fractions are computed in float64.
 */
export function arange(end: number, options?: RangeOptions): Tensor;
export function arange(start: number, end: number, options?: RangeOptions): Tensor;
export function arange(start: number, end: number | undefined, step: number, options?: RangeOptions): Tensor;
export function arange(...args: readonly (number | RangeOptions | undefined)[]): Tensor {
  const last = args[args.length - 1];
  const isNumber = typeof last === "number" || last === undefined;
  const options =
    isNumber && args.length <= 3 ? {} : expectOptions("arange", last as RangeOptions, '{ dtype: "float64" }');
  const [first, second, step = 1] = (isNumber ? args : args.slice(0, -1)) as readonly (number | undefined)[];
  const [start, end] = second === undefined ? [0, first] : [first, second];
  if (start === undefined || end === undefined || !Number.isFinite(start) || !Number.isFinite(end)) {
    throw new ArgumentError(`arange: expected finite numbers, got ${String(start)} and ${String(end)}`);
  }
  if (step === 0 || !Number.isFinite(step) || (end - start) / step < 0) {
    throw new ArgumentError(`arange: expected a step that leads from ${start} to ${end}, got ${step}`);
  }
  const [count] = checkedShape("arange", [Math.ceil((end - start) / step)]);
  const isWhole = [start, end, step].every(Number.isSafeInteger);
  const dtype = options.dtype ?? (isWhole ? "int64" : "float32");
  return leaf("arange", [count], dtype, options, (on) => {
    if (isWhole) return converted(wholeRange(start, start + count * step, step, on), "int64", dtype, on);
    const steps = converted(wholeRange(0, count, 1, on), "int64", "float64", on);
    const scaled = numbers("Mul", "float64", on, steps, scalar(on, "float64", step));
    return converted(numbers("AddV2", "float64", on, scaled, scalar(on, "float64", start)), "float64", dtype, on);
  });
}

/** `steps` numbers from `start` to `end`, both included, in float64. */
function line(start: number, end: number, steps: number, on: Device): Storage {
  const at = (value: number) => scalar(on, "float64", value);
  // The kernel wants one number at least.
  if (steps === 0) return converted(wholeRange(0, 0, 1, on), "int64", "float64", on);
  const kernelOf = kernel("LinSpace", [typeAttr("T", "float64"), typeAttr("Tidx", "int32")], 3);
  return execute(kernelOf, on, "strided", at(start), at(end), intScalar(on, steps));
}

/** `steps` numbers from `start` to `end`, both included; float32 unless `dtype` says otherwise (torch.linspace). */
export function linspace(start: number, end: number, steps: number, options: RangeOptions = {}): Tensor {
  expectOptions("linspace", options, '{ dtype: "float64" }');
  const [count] = checkedShape("linspace", [steps]);
  const dtype = options.dtype ?? "float32";
  return leaf("linspace", [count], dtype, options, (on) =>
    converted(line(start, end, count, on), "float64", dtype, on),
  );
}

export interface LogspaceOptions extends RangeOptions {
  /** Default 10. */
  readonly base?: number;
}

/** `base` to the powers of a linspace (torch.logspace). */
export function logspace(start: number, end: number, steps: number, options: LogspaceOptions = {}): Tensor {
  expectOptions("logspace", options, "{ base: 2 }");
  const [count] = checkedShape("logspace", [steps]);
  const { dtype = "float32", base = 10 } = options;
  return leaf("logspace", [count], dtype, options, (on) => {
    const powers = numbers("Pow", "float64", on, scalar(on, "float64", base), line(start, end, count, on));
    return converted(powers, "float64", dtype, on);
  });
}
