// What indices mean for a tensor: the part of it that basic ones leave, as a view, and what index tensors and masks pick from
// it. For indexing.ts alone.
import { tensor } from "../create.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { type Index, type IndexList, type Plan, planIndex } from "../indexExpression.js";
import { expectTensor } from "../op.js";
import { type Shape, sameShape, sizeOf } from "../shape.js";
import { Tensor } from "../tensor.js";
import { type Box, boxView } from "./box.js";
import { dependsOnData, nonzeroTuple } from "./nonzero.js";
import type { Picked } from "./pick.js";

const boxed = boxView("get");

/** The part of a tensor that basic indices mean, as a view, and what is picked from it. */
export interface Resolved {
  readonly view: Tensor;
  readonly by: readonly Tensor[];
  readonly picked: Picked;
  /** The one mask, when it is all that picks: then a value goes in without counting its elements. */
  readonly mask: { readonly tensor: Tensor; readonly dim: number } | undefined;
}

export function resolve(op: string, x: Tensor, given: readonly Index[]): Resolved {
  expectTensor(op, "input", x);
  const plan = planIndex(
    op,
    x.shape,
    given.map((index) => (isPlace(index) ? placeOf(index) : index)),
  );
  const box = boxOf(plan, x.shape);
  const part = box ? boxed(x, box) : x;
  const shape: number[] = [];
  const dims: number[] = [];
  const named: (number | undefined)[] = [];
  const by: (() => Tensor)[] = [];
  let mask: Resolved["mask"];
  let next = 0; // dim of the part
  const picks = (dim: number | undefined, index: () => Tensor) => {
    dims.push(shape.length);
    named.push(dim);
    by.push(index);
  };
  for (const place of plan.places) {
    switch (place.kind) {
      case "kept":
        shape.push(part.shape[next++]);
        break;
      case "new":
        shape.push(1);
        break;
      case "flag":
        picks(undefined, () => tensor(place.value ? [0n] : [], { dtype: "int64", device: x.device }));
        shape.push(1);
        break;
      case "picked":
        picks(place.dim, () => indexTensor(place.by, x));
        shape.push(part.shape[next++]);
        break;
      case "masked": {
        const wanted = part.shape.slice(next, next + place.dims);
        const flags = maskTensor(op, place.by, wanted, place.dim, x);
        mask = { tensor: flags, dim: shape.length };
        picks(undefined, () => {
          if (flags.device.type === "meta") throw dependsOnData(op, "true elements of the mask");
          return nonzeroTuple(op, flags.reshape(-1))[0];
        });
        shape.push(sizeOf(wanted));
        next += place.dims;
        break;
      }
      default:
        throw new ArgumentError(`${op}: unknown index ${String(place satisfies never)}`);
    }
  }
  const view = box && sameShape(shape, part.shape) ? part : part.view(shape);
  return {
    view,
    get by() {
      return by.map((index) => index());
    },
    picked: { op, dims, whole: x.shape, named },
    mask: by.length === 1 ? mask : undefined,
  };
}

/** A 0-d tensor of an integer is an integer. */
const isPlace = (index: Index): index is Tensor =>
  index instanceof Tensor && index.ndim === 0 && (index.dtype === "int64" || index.dtype === "int32");

/** Its value; on meta there is none, and any would give the shape. */
const placeOf = (index: Tensor): number => (index.device.type === "meta" ? 0 : index.item());

/** The box of basic indices; undefined for the whole tensor. */
function boxOf({ ranges }: Plan, shape: Shape): Box | undefined {
  if (ranges.every(({ begin, end, step, one }, i) => !one && begin === 0 && end === shape[i] && step === 1))
    return undefined;
  return {
    begin: ranges.map((range) => range.begin),
    end: ranges.map((range) => range.end),
    step: ranges.map((range) => range.step),
    drop: ranges.reduce((bits, { one }, i) => (one ? bits | (1 << i) : bits), 0),
  };
}

const indexTensor = (index: Tensor | IndexList, { device }: Tensor): Tensor =>
  index instanceof Tensor ? index.to(device) : tensor(index, { dtype: "int64", device });

function maskTensor(
  op: string,
  mask: Tensor | IndexList,
  wanted: Shape,
  dim: number,
  { shape, device }: Tensor,
): Tensor {
  if (mask instanceof Tensor) return mask.to(device);
  const flags = tensor(mask, { dtype: "bool", device });
  if (sameShape(flags.shape, wanted)) return flags;
  throw new ShapeError(
    `${op}: expected a mask of ${shapeText(wanted)} for dim ${dim} of ${shapeText(shape)}, got ${shapeText(flags.shape)}`,
  );
}
