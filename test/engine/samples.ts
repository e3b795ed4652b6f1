// The operations' own samples as tensors and as data: one place for the gradient check and for PyTorch's golden values.
import * as functional from "../../engine/functional/index.js";
import { einsum, tensordot } from "../../engine/functional/einsum.js";
import * as join from "../../engine/functional/join.js";
import { where } from "../../engine/functional/where.js";
import { type DType, type Tensor, tensor } from "../../engine/index.js";
import type { Declared, InputMark, Sample, SampleInput } from "../../engine/op.js";
import * as ops from "../../engine/ops/index.js";
import { isFloating } from "../../engine/dtype.js";
import { sizeOf } from "../../engine/shape.js";

export interface SampledOp {
  readonly op: Declared;
  /** The call on tensors, with the sample's further arguments. */
  readonly call: (tensors: readonly Tensor[], args: readonly unknown[]) => readonly Tensor[];
}

type AnyOp = ((...args: unknown[]) => Tensor | readonly Tensor[]) & Declared;

const listed = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];

const isDeclared = (value: unknown): value is AnyOp => typeof value === "function" && "samples" in value;

/** Every declared operation that has samples, by name. */
export function sampledOps(): ReadonlyMap<string, SampledOp> {
  const found = new Map<string, SampledOp>();
  for (const op of Object.values({ ...ops, ...functional, where, tensordot })) {
    if (isDeclared(op) && op.samples.length > 0)
      found.set(keyOf(op), { op, call: (tensors, args) => listed(op(...marked(tensors, args))) });
  }
  for (const op of Object.values(join) as unknown as AnyOp[]) {
    found.set(keyOf(op), { op, call: (tensors, args) => listed(op(tensors, ...args)) });
  }
  found.set("einsum", { op: einsum, call: (tensors, [equation]) => [einsum(equation as string, ...tensors)] });
  return found;
}

const isMark = (value: unknown): value is InputMark => typeof value === "object" && value !== null && "input" in value;

/** Arguments of a call: the tensors, then `args` with the marked tensors in their places. */
function marked(tensors: readonly Tensor[], args: readonly unknown[]): readonly unknown[] {
  const named = new Set<number>();
  const filled = (arg: unknown): unknown => {
    if (isMark(arg)) {
      named.add(arg.input);
      return tensors[arg.input];
    }
    if (Array.isArray(arg)) return arg.map(filled);
    if (typeof arg !== "object" || arg === null) return arg;
    return Object.fromEntries(Object.entries(arg).map(([name, value]) => [name, filled(value)]));
  };
  const rest = args.map(filled);
  return [...tensors.filter((_, i) => !named.has(i)), ...rest];
}

/** Views share one declaration (`reshape`), so the exported name tells them apart. */
const names = new Map<unknown, string>(
  [...Object.entries(ops), ...Object.entries(functional)].map(([name, op]) => [op, name]),
);
const keyOf = (op: AnyOp): string => names.get(op) ?? op.opName;

export interface SampleTensor {
  /** Of the leaf; the op gets it with its first and last dims exchanged when `transposed`. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly number[];
  readonly transposed?: boolean;
}

/** The values of an input, reproducible and with few digits, so that the golden files are small. */
export function valuesOf(input: SampleInput): SampleTensor {
  if (typeof input === "number") return { shape: [], dtype: "float64", values: [input] };
  if (Array.isArray(input)) return nested(input, "float64");
  const spec = input as Exclude<SampleInput, number | readonly unknown[]>;
  if ("values" in spec) return nested(spec.values, spec.dtype);
  const next = numbers((spec.seed ?? 0) + 1);
  const values = Array.from({ length: sizeOf(spec.shape) }, () => {
    const value = Math.round(next() * 4000 - 2000) / 1000;
    return spec.positive ? Math.abs(value) + 0.25 : spec.within ? Math.round(value * 475) / 1000 : value;
  });
  const shape = spec.transposed ? exchanged(spec.shape) : spec.shape;
  return { shape, dtype: spec.dtype ?? "float64", values, ...(spec.transposed && { transposed: true }) };
}

const exchanged = (shape: readonly number[]): readonly number[] =>
  shape.map((n, i) => (i === 0 ? (shape.at(-1) ?? n) : i === shape.length - 1 ? shape[0] : n));

function nested(data: unknown, dtype: DType): SampleTensor {
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { shape, dtype, values: [data].flat(Infinity).map(Number) };
}

/** A small multiplicative generator (Park and Miller, 1988): the samples must never change by themselves. */
function numbers(seed: number): () => number {
  let state = seed * 48271 + 11;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

export function tensorOf({ shape, dtype, values }: SampleTensor, device = "cpu"): Tensor {
  const flat = tensor(values, { dtype, device });
  return (shape.length === 1 ? flat : flat.reshape(shape)).detach().requiresGrad_(isFloating(dtype));
}

/** The leaves of a sample, and what the op gets of them: the leaves themselves or views. */
export function tensorsOf(
  sample: Sample,
  device = "cpu",
): { readonly leaves: Tensor[]; readonly viewed: (leaves: readonly Tensor[]) => Tensor[] } {
  const specs = sample.in.map(valuesOf);
  return {
    leaves: specs.map((spec) => tensorOf(spec, device)),
    viewed: (leaves) => leaves.map((leaf, i) => (specs[i].transposed ? leaf.transpose(0, -1) : leaf)),
  };
}
