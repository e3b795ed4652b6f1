// Other dtypes, other devices, copies and constants of the same shape. Every export is a Tensor method.
import { device, execute, explainNative, kernel, perDType, typeAttr, withId } from "../backend/native.js";
import { intVector, scalar } from "../backend/constants.js";
import { fill } from "../backend/kernels.js";
import { Device } from "../device.js";
import { type DType, dtypes } from "../dtype.js";
import { ArgumentError } from "../errors.js";
import { type Declared, type OpSpec, type Sample, apply, declare, expectTensor } from "../op.js";
import { isGradEnabled } from "../state.js";
import { Storage } from "../storage.js";
import { GradNode } from "../tape.js";
import { Tensor } from "../tensor.js";

const small = { shape: [2, 3] } as const;

interface Cast {
  readonly from: DType;
  readonly to: DType;
}

const castSpec: OpSpec<Cast> = {
  name: "to",
  torch: "a.to(torch.float32)",
  infer: ([x], { to }) => ({ shape: x.shape, dtype: to }),
  forward([x], { from, to }, _out, on) {
    const attrs = [
      typeAttr("SrcT", from),
      typeAttr("DstT", to),
      { name: "Truncate", type: "bool", value: false } as const,
    ];
    return execute(kernel("Cast", attrs, 1), on, x.storage.layout, x.storage);
  },
  vjp: (g, { options: { from } }) => [g.to(from)],
  saves: "nothing",
  samples: [
    { in: [small], args: ["float32"], gradcheck: false },
    { in: [[-1.5, 0, 2.7]], args: ["int32"], torch: "a.to(torch.int32)", gradcheck: false },
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

/** In another dtype, on another device, or both; the same tensor when nothing changes (torch.Tensor.to). */
export const to: To = declare(
  castSpec as OpSpec<never>,
  (x: Tensor, target: DType | Device | string | ToOptions, more?: ToOptions) => {
    expectTensor("to", "input", x);
    let wanted: ToOptions;
    if (target instanceof Device) wanted = { ...more, device: target };
    else if (typeof target === "string")
      wanted = { ...more, ...(isDType(target) ? { dtype: target } : { device: target }) };
    else wanted = target;
    let out = x;
    if (wanted.dtype !== undefined && wanted.dtype !== x.dtype) {
      if (!isDType(wanted.dtype))
        throw new ArgumentError(`to: expected a dtype of ${dtypes.join(", ")}; got "${String(wanted.dtype)}"`);
      out = apply(castSpec, [out], { from: x.dtype, to: wanted.dtype });
    }
    const place = wanted.device === undefined ? x.device : device(wanted.device);
    if (place !== out.device) out = moved(out, place);
    return out === x && wanted.copy ? x.clone() : out;
  },
);

type Plain = ((x: Tensor) => Tensor) & Declared;

function cloneLike(name: string, tf: string, differentiable: boolean, samples: readonly Sample[]): Plain {
  const kernelOf = perDType((dtype) => kernel(tf, [typeAttr("T", dtype)], 1));
  const spec: OpSpec<undefined> = {
    name,
    torch: name === "clone" ? "a.clone()" : `torch.${name === "onesLike" ? "ones_like" : "zeros_like"}(a)`,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    forward: ([x], _, _out, on) => execute(kernelOf(x.dtype), on, x.storage.layout, x.storage),
    vjp: differentiable ? (g) => [g] : "none",
    saves: "nothing",
    samples,
  };
  return declare(spec as OpSpec<never>, (x: Tensor) => {
    expectTensor(name, "input", x);
    return apply(spec, [x], undefined);
  });
}

/** A tensor of its own with the same values; the gradient flows through (torch.clone). */
export const clone: Plain = cloneLike("clone", "Identity", true, [{ in: [small] }]);
/** Ones of the same shape, dtype and device (torch.ones_like). */
export const onesLike: Plain = cloneLike("onesLike", "OnesLike", false, [{ in: [small] }]);
/** Zeros of the same shape, dtype and device (torch.zeros_like). */
export const zerosLike: Plain = cloneLike("zerosLike", "ZerosLike", false, [{ in: [small] }]);

interface Filled {
  readonly value: number;
}

const fullLikeSpec: OpSpec<Filled> = {
  name: "fullLike",
  torch: "torch.full_like(a, 2.5)",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward([x], { value }, _out, on) {
    return execute(fill(x.dtype), on, "strided", intVector(on, x.shape), scalar(on, x.dtype, value));
  },
  vjp: "none",
  saves: "nothing",
  samples: [{ in: [small], args: [2.5] }],
};

type FullLike = ((x: Tensor, value: number) => Tensor) & Declared;

/** One value in the same shape, dtype and device (torch.full_like). */
export const fullLike: FullLike = declare(fullLikeSpec as OpSpec<never>, (x: Tensor, value: number) => {
  expectTensor("fullLike", "input", x);
  return apply(fullLikeSpec, [x], { value });
});
