// A module's parameters and buffers on another device or in another floating dtype. Parameters are replaced: a tensor's
// device and dtype are constants (docs/decisions). Knows no optimiser; it only notes what was replaced.
import { Device } from "../device.js";
import { zeros } from "../create.js";
import { type DType, dtypes, isFloating } from "../dtype.js";
import { DeviceError, DTypeError } from "../errors.js";
import { noGrad } from "../state.js";
import { Tensor } from "../tensor.js";
import { internals, joined, members, setMember } from "./members.js";
import type { Module } from "./module.js";
import { Parameter, markReplaced } from "./parameter.js";

/** Where to, in what dtype, or both. */
export interface Place {
  readonly device?: Device | string;
  readonly dtype?: DType;
  /** Accepted as by Tensor.to. */
  readonly nonBlocking?: boolean;
}

/** A device, a dtype, both, or a tensor that has both. */
export type Target = Device | DType | string | Place | Tensor;

const isDType = (name: string): name is DType => (dtypes as readonly string[]).includes(name);

function placeOf(target: Target): Place {
  if (target instanceof Device) return { device: target };
  if (target instanceof Tensor) return { device: target.device, dtype: target.dtype };
  if (typeof target !== "string") return target;
  return isDType(target) ? { dtype: target } : { device: target };
}

/** Moves everything below a module; what is shared stays shared, gradients come along. */
export function convertModule(module: Module, target: Target, convert = converted): void {
  const place = placeOf(target);
  if (place.dtype !== undefined && !isFloating(place.dtype)) {
    throw new DTypeError(`to: expected a floating dtype for a module, got ${place.dtype}`);
  }
  const described = [place.device instanceof Device ? place.device.name : place.device, place.dtype];
  const text = described.filter((part) => part !== undefined).join(", ");
  const moved = new Map<Tensor, Tensor>();
  for (const [path, part] of module.namedModules()) {
    const { buffers } = part[internals];
    for (const [name, value] of [...part[members]()]) {
      if (!(value instanceof Tensor) || !(value instanceof Parameter || buffers.has(name))) continue;
      let own = moved.get(value);
      if (!own) moved.set(value, (own = convert(value, place)));
      if (own === value) continue;
      part[setMember](name, own);
      if (value instanceof Parameter) markReplaced(value, { name: joined(path, name), target: text });
    }
  }
}

/** Zeros in the shapes of everything below a module, to be loaded into. */
export function emptyModule(module: Module, where: Device | string): void {
  convertModule(module, { device: where }, (x, { device }) => {
    const empty = zeros(x.shape, { dtype: x.dtype, device });
    return x instanceof Parameter ? new Parameter(empty, { requiresGrad: x.requiresGrad }) : empty;
  });
}

/** Whole numbers change their place only. */
function converted(x: Tensor, { dtype, ...where }: Place): Tensor {
  if (x.device.type === "meta" && where.device !== undefined && String(where.device) !== "meta") {
    throw new DeviceError(
      `to: a module on meta has no values to move; call toEmpty("${String(where.device)}"), then loadStateDict`,
    );
  }
  const wanted = isFloating(x.dtype) ? { dtype, ...where } : where;
  const there = noGrad(() => x.detach().to(wanted));
  if (there.device === x.device && there.dtype === x.dtype) return x;
  if (!(x instanceof Parameter)) return there;
  const parameter = new Parameter(there, { requiresGrad: x.requiresGrad });
  const { grad } = x;
  if (grad) parameter.grad = noGrad(() => grad.to(wanted));
  return parameter;
}
