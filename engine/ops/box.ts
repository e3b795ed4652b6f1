// A box of a tensor: a range with a step along every dim, or one place, as a view. What narrow, select, split and basic
// indexing are made of: one kernel takes it, one puts it back, one is its gradient.
import { execute, kernel, typeAttr } from "../backend/native.js";
import { intVector } from "../backend/constants.js";
import { reshaped } from "../backend/layout.js";
import type { Device } from "../device.js";
import type { DType } from "../dtype.js";
import { ShapeError, shapeText } from "../errors.js";
import type { KernelAttr, KernelId } from "../native/binding.js";
import { type OpSpec, apply } from "../op.js";
import { type Shape, sizeOf } from "../shape.js";
import type { Storage } from "../storage.js";
import type { Tensor } from "../tensor.js";
import { type ViewSpec, viewOf, viewSpec } from "../view.js";

/** Per dim of the input: begin <= index < end by steps; all within the shape. */
export interface Box {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly step: readonly number[];
  /** Bit i: dim i has one place, and is dropped. */
  readonly drop: number;
}

/** The shape of a box. */
export function boxShape({ begin, end, step, drop }: Box): Shape {
  const shape: number[] = [];
  for (let i = 0; i < begin.length; i++) {
    if (!(drop & (1 << i))) shape.push(Math.max(0, Math.ceil((end[i] - begin[i]) / step[i])));
  }
  return shape;
}

/** TensorFlow's kernels read this many dims. */
const mostDims = 8;

/** The same box of the same elements in fewer dims: neighbours that are taken whole are one dim. */
function folded(from: Shape, box: Box): { readonly from: Shape; readonly box: Box } {
  if (from.length <= mostDims) return { from, box };
  const whole = (i: number) => box.begin[i] === 0 && box.end[i] === from[i] && box.step[i] === 1;
  const out = { from: [] as number[], begin: [] as number[], end: [] as number[], step: [] as number[] };
  from.forEach((n, i) => {
    const last = out.from.length - 1;
    if (i > 0 && whole(i) && whole(i - 1)) {
      out.from[last] *= n;
      out.end[last] *= n;
      return;
    }
    out.from.push(n);
    out.begin.push(box.begin[i]);
    out.end.push(box.end[i]);
    out.step.push(box.step[i]);
  });
  if (out.from.length > mostDims) {
    throw new ShapeError(
      `slice: expected at most ${mostDims} dims, neighbours that are taken whole counting as one, got ${shapeText(from)}`,
    );
  }
  return { from: out.from, box: { ...out, drop: 0 } };
}

const kernels = new Map<string, KernelId>();

/** Kernels differ in the dims they drop, so there is no table by dtype alone. */
function boxKernel(op: string, inputs: number, dtype: DType, drop: number): KernelId {
  const key = `${op}${dtype}${drop}`;
  let id = kernels.get(key);
  if (id === undefined) {
    const mask: KernelAttr = { name: "shrink_axis_mask", type: "int", value: drop };
    kernels.set(key, (id = kernel(op, [typeAttr("T", dtype), typeAttr("Index", "int32"), mask], inputs)));
  }
  return id;
}

/** What kernels read of a box. They take no notice of the end of a dropped dim: always the same, it is uploaded once. */
const bounds = (on: Device, { begin, end, step, drop }: Box): readonly [Storage, Storage, Storage] => [
  intVector(on, begin),
  intVector(on, drop === 0 ? end : end.map((n, i) => (drop & (1 << i) ? 0 : n))),
  intVector(on, step),
];

export function taken(base: Storage, shape: Shape, to: Shape, whole: Box, dtype: DType, on: Device): Storage {
  const { from, box } = folded(shape, whole);
  const input = from === shape ? base : reshaped(base, from, dtype, on);
  const id = boxKernel("StridedSlice", 4, dtype, box.drop);
  const result = execute(id, on, "strided", input, ...bounds(on, box));
  return from === shape ? result : reshaped(result, to, dtype, on);
}

export function replacedIn(base: Storage, part: Storage, shape: Shape, whole: Box, dtype: DType, on: Device): Storage {
  const { from, box } = folded(shape, whole);
  if (sizeOf(boxShape(whole)) === 0) return base;
  const id = boxKernel("TensorStridedSliceUpdate", 5, dtype, box.drop);
  if (from === shape) return execute(id, on, "strided", base, ...bounds(on, box), part);
  const [input, value] = [reshaped(base, from, dtype, on), reshaped(part, boxShape(box), dtype, on)];
  return reshaped(execute(id, on, "strided", input, ...bounds(on, box), value), shape, dtype, on);
}

/** One view of a box under the name that the user wrote. */
export function boxView(name: string): (x: Tensor, box: Box) => Tensor {
  const spec: ViewSpec<Box> = viewSpec({
    name,
    take: (base, { from, to, options }, dtype, on) => taken(base, from, to, options, dtype, on),
    put: (base, part, { from, options }, dtype, on) => replacedIn(base, part, from, options, dtype, on),
    strides: (strides, { options: { step, drop } }) =>
      strides.map((stride, i) => stride * step[i]).filter((_, i) => !(drop & (1 << i))),
    vjp: (g, { inShapes: [shape], options }) => apply(spreadSpec, [g], { shape, box: options }),
  });
  return (x, box) => {
    if (x.ndim > 30) throw new ShapeError(`${name}: expected at most 30 dims, got ${x.ndim}`); // `drop` is a bit mask
    return viewOf(spec, x, boxShape(box), box);
  };
}

const boxOf = boxView("slice");

interface Spread {
  readonly shape: Shape;
  readonly box: Box;
}

/** A box in zeros: the transpose of taking it. */
const spreadSpec: OpSpec<Spread> = {
  name: "sliceGrad",
  torch: "",
  infer: ([g], { shape }) => ({ shape, dtype: g.dtype }),
  forward([g], { shape, box: whole }, _out, on) {
    const { from, box } = folded(shape, whole);
    const part = from === shape ? g.strided() : reshaped(g.strided(), boxShape(box), g.dtype, on);
    const id = boxKernel("StridedSliceGrad", 5, g.dtype, box.drop);
    const result = execute(id, on, "strided", intVector(on, from), ...bounds(on, box), part);
    return from === shape ? result : reshaped(result, shape, g.dtype, on);
  },
  vjp: (gg, { options: { box } }) => [boxOf(gg, box)],
  saves: "nothing",
  samples: [],
};

/** A box that is everything but along one dim. */
export function boxAlong(shape: Shape, dim: number, start: number, end: number, drop: boolean): Box {
  return {
    begin: shape.map((_, i) => (i === dim ? start : 0)),
    end: shape.map((n, i) => (i === dim ? end : n)),
    step: shape.map(() => 1),
    drop: drop ? 1 << dim : 0,
  };
}
