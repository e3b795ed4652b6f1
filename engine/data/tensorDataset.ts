// Tensors as a dataset. It knows nothing of files or images.
import type { TypedArray } from "../dtype.js";
import { ArgumentError, ShapeError, shapeText } from "../errors.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkIndex, Dataset, type RawSample } from "./dataset.js";
import { RawArray } from "./raw.js";
import { tensorOf } from "./tensorOf.js";
import { constructorArguments, type Argument } from "./workers/portable.js";

type Rows<Tensors extends readonly Tensor[]> = { -readonly [Key in keyof Tensors]: Tensor };

/**
 * Samples are the rows of tensors: sample i is `[first.select(0, i), second.select(0, i), …]`. PyTorch: `TensorDataset`.
 * Rows keep the device and the gradient of their tensor. A `DataLoader` reads tensors on the CPU that need no gradient
 * once, and makes its batches of that copy.
 */
export class TensorDataset<Tensors extends readonly Tensor[]> extends Dataset<Rows<Tensors>> {
  readonly length: number;
  /** In a worker thread of a loader the rows are arrays, so that none of them need be made a tensor. */
  readonly #rows: readonly (Tensor | RawArray)[];
  readonly #copies = new Map<Tensor, Copy>();
  #tensors: Tensors | undefined;

  /** @throws {ShapeError} when the tensors differ in the size of their first dimension, or have none. */
  constructor(...tensors: Tensors) {
    super();
    if (tensors.length === 0) throw new ArgumentError("TensorDataset: expected at least 1 tensor, got none");
    const length = tensors[0].shape[0];
    tensors.forEach(({ shape }, i) => {
      if (shape.length === 0) {
        throw new ShapeError(`TensorDataset: expected tensors of at least 1 dimension, got [] (tensor ${i})`);
      }
      if (shape[0] !== length) {
        throw new ShapeError(
          `TensorDataset: expected ${length} rows as the first tensor has, got ${shape[0]} (tensor ${i}, of shape ${shapeText(shape)})`,
        );
      }
    });
    this.#rows = tensors;
    this.length = length;
  }

  get tensors(): Tensors {
    return (this.#tensors ??= this.#rows.map(tensorOf) as readonly Tensor[] as Tensors);
  }

  override get(index: number): Rows<Tensors> {
    checkIndex("TensorDataset", index, this.length);
    return this.tensors.map((rows) => rows.select(0, index)) as Rows<Tensors>;
  }

  override raw(index: number): RawSample<Rows<Tensors>> {
    checkIndex("TensorDataset", index, this.length);
    return this.#rows.map((rows) => {
      const data = this.#elements(rows);
      if (!data) return (rows as Tensor).select(0, index);
      const shape = rows.shape.slice(1);
      const size = sizeOf(shape);
      return new RawArray(data.subarray(index * size, (index + 1) * size), shape, rows.dtype);
    }) as RawSample<Rows<Tensors>>;
  }

  [constructorArguments](): readonly Argument[] {
    return this.#rows.map((rows, i) => {
      const data = this.#elements(rows);
      return [`tensors[${i}]`, data ? new RawArray(data, rows.shape, rows.dtype) : rows];
    });
  }

  /** The elements of a tensor in host memory, a copy read once; undefined where that would lose device or gradient. */
  #elements(rows: Tensor | RawArray): TypedArray | undefined {
    if (rows instanceof RawArray) return rows.data;
    if (rows.device.name !== "cpu" || rows.requiresGrad) return undefined;
    let copy = this.#copies.get(rows);
    if (copy?.version !== rows.version) {
      copy = { version: rows.version, data: rows.toTypedArray() };
      this.#copies.set(rows, copy);
    }
    return copy.data;
  }
}

interface Copy {
  /** The tensor's version when it was read: an in-place change makes the copy stale. */
  readonly version: number;
  readonly data: TypedArray;
}
