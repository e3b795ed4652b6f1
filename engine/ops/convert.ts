// Other dtypes, other devices, copies. Every export is a Tensor method.
import { cast, identity } from "../backend/kernels.js";
import { device, execute, explainNative, withId } from "../backend/native.js";
import { Device } from "../device.js";
import { type DType, dtypes } from "../dtype.js";
import { ArgumentError, expectOptions } from "../errors.js";
import { anySamples, called } from "../families/samples.js";
import { type Declared, type OpSpec, apply, declare, expectTensor } from "../op.js";
import { isGradEnabled } from "../state.js";
import { Storage } from "../storage.js";
import { GradNode } from "../tape.js";
import { Tensor } from "../tensor.js";

interface Cast {
  readonly from: DType;
  readonly to: DType;
}

const castSpec: OpSpec<Cast> = {
  name: "to",
  torch: "a.to(torch.float32)",
  infer: ([x], { to }) => ({ shape: x.shape, dtype: to }),
  forward: ([{ storage }], { from, to }, _out, on) => execute(cast(from, to), on, storage.layout, storage),
  vjp: (g, { options: { from } }) => [g.to(from)],
  saves: "nothing",
  samples: [
    called({ shape: [2, 3] }, ["float32"], "a.to(torch.float32)", false),
    called({ shape: [0, 3] }, ["bfloat16"], "a.to(torch.bfloat16)", false),
    called({ shape: [3, 2], transposed: true }, ["float16"], "a.to(torch.float16)", false),
    called(3, ["float64"], "a.to(torch.float64)"),
    called([-1.5, 0, 2.7, 300.7], ["int32"], "a.to(torch.int32)", false),
    called([-1.5, 300.7, 3e9], ["uint8"], "a.to(torch.uint8)", false),
    called([0, -0, NaN, 0.5], ["bool"], "a.to(torch.bool)", false),
    called([1e300, 70000, NaN, -Infinity], ["float16"], "a.to(torch.float16)", false),
    called({ values: [-1, 200, 70000], dtype: "int64" }, ["int8"], "a.to(torch.int8)"),
    called({ values: [0, 1], dtype: "bool" }, ["bfloat16"], "a.to(torch.bfloat16)"),
  ],
};

/** A copy on another device; the result's device differs from its input's, so it does not pass through `apply`. */
function moved(x: Tensor, to: Device): Tensor {
  const { storage } = x;
  const out = new Storage(storage.layout);
  try {
    if (x.device.type === "meta") throw new ArgumentError(`to: a tensor on meta has no values to copy to ${to.name}`);
    if (to.type !== "meta") out.id = withId(storage, (id, addon) => addon.copyTo(id, to.nativeIndex, out));
  } catch (error) {
    throw explainNative(error, "to", `${x.device.name} → ${to.name}`);
  }
  const result = new Tensor(out, x.shape, x.dtype, to);
  if (x.requiresGrad && isGradEnabled()) {
    new GradNode("to", [x], [result], "nothing", undefined, ([g]) => [moved(g as Tensor, x.device)]);
  }
  return result;
}

export interface ToOptions {
  readonly device?: Device | string;
  readonly dtype?: DType;
  /** Copy from pinned memory without waiting, on devices that can; the values are the same either way. */
  readonly nonBlocking?: boolean;
  /** A new tensor even when nothing changes. */
  readonly copy?: boolean;
}

type To = ((x: Tensor, target: DType | Device | string | ToOptions, options?: ToOptions) => Tensor) & Declared;

const isDType = (name: string): name is DType => (dtypes as readonly string[]).includes(name);

/**
 * In another dtype, on another device, or both; the same tensor when nothing changes (torch.Tensor.to). Integers wrap
 * around; a float that the integer dtype does not hold, and NaN, give what the processor gives, as in PyTorch: looking for
 * them would cost every conversion a pass.
 */
export const to: To = declare(castSpec, (x: Tensor, target: DType | Device | string | ToOptions, more?: ToOptions) => {
  expectTensor("to", "input", x);
  expectOptions("to", more, "{ copy: true }");
  let wanted: ToOptions;
  if (target instanceof Device) wanted = { ...more, device: target };
  else if (typeof target === "string")
    wanted = { ...more, ...(isDType(target) ? { dtype: target } : { device: target }) };
  else wanted = expectOptions("to", target, '{ dtype: "float32" }');
  let out = x;
  if (wanted.dtype !== undefined && wanted.dtype !== x.dtype) {
    if (!isDType(wanted.dtype))
      throw new ArgumentError(`to: expected a dtype of ${dtypes.join(", ")}; got "${String(wanted.dtype)}"`);
    out = apply(castSpec, [out], { from: x.dtype, to: wanted.dtype });
  }
  const place = wanted.device === undefined ? x.device : device(wanted.device);
  if (place !== out.device) out = moved(out, place);
  return out === x && wanted.copy ? x.clone() : out;
});

type Plain = ((x: Tensor) => Tensor) & Declared;

const cloneSpec: OpSpec<undefined> = {
  name: "clone",
  torch: "a.clone()",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x], _, _out, on) => execute(identity(x.dtype), on, x.storage.layout, x.storage),
  vjp: (g) => [g],
  saves: "nothing",
  samples: anySamples(),
};

/** A tensor of its own with the same values; the gradient flows through (torch.clone). */
export const clone: Plain = declare(cloneSpec, (x: Tensor) => {
  expectTensor("clone", "input", x);
  return apply(cloneSpec, [x], undefined);
});

type Conversion = (x: Tensor) => Tensor;

const toDType =
  (op: string, dtype: DType): Conversion =>
  (x) => {
    expectTensor(op, "input", x);
    return to(x, dtype);
  };

/** In float32; the same tensor when it is (torch.Tensor.float). */
export const float: Conversion = toDType("float", "float32");
/** In float64; the same tensor when it is (torch.Tensor.double). */
export const double: Conversion = toDType("double", "float64");
/** In float16; the same tensor when it is (torch.Tensor.half). */
export const half: Conversion = toDType("half", "float16");
/** In bfloat16; the same tensor when it is (torch.Tensor.bfloat16). */
export const bfloat16: Conversion = toDType("bfloat16", "bfloat16");
/** In int32; the same tensor when it is (torch.Tensor.int). */
export const int: Conversion = toDType("int", "int32");
/** In int64; the same tensor when it is (torch.Tensor.long). */
export const long: Conversion = toDType("long", "int64");
/** Whether each element is not 0; the same tensor when it is bool (torch.Tensor.bool). */
export const bool: Conversion = toDType("bool", "bool");

/** On the processor; the same tensor when it is there (torch.Tensor.cpu). */
export const cpu: Conversion = (x) => {
  expectTensor("cpu", "input", x);
  return to(x, "cpu");
};

/** On a GPU, the first unless another is named; the same tensor when it is there (torch.Tensor.cuda). */
export const cuda: (x: Tensor, device?: Device | string) => Tensor = (x, on = "cuda") => {
  expectTensor("cuda", "input", x);
  return to(x, on);
};
