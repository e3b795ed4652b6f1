// Index tensors before a kernel reads them: their dtype, their bounds, and negative ones counted from the end. On a CPU
// every index is looked at, so that the error names it; on other devices that would make the program wait for the device,
// and kernels take what is out of bounds as they please (a GPU reads zeros and drops writes).
import { choose, less, plus } from "./backend/kernels.js";
import { execute, withId } from "./backend/native.js";
import { scalar } from "./backend/constants.js";
import { ArgumentError, DTypeError, shapeText } from "./errors.js";
import type { Shape } from "./shape.js";
import type { Storage } from "./storage.js";
import type { Tensor } from "./tensor.js";

/** What the indices are of. */
export interface Indexed {
  readonly op: string;
  readonly shape: Shape;
  readonly dim: number;
  /** Whether -1 is the last place (in `get`), or out of bounds (in `gather`). */
  readonly negative: boolean;
}

/** @throws ArgumentError as PyTorch's IndexError. */
export function outOfBounds({ op, shape, dim }: Pick<Indexed, "op" | "shape" | "dim">, index: number): ArgumentError {
  return new ArgumentError(`${op}: index ${index} is out of bounds for dim ${dim} of ${shapeText(shape)}`);
}

/** The indices as int64 storage that a kernel may use. @throws ArgumentError naming an index that is out of bounds. */
export function checkedIndices(index: Tensor, what: Indexed): Storage {
  const on = index.device;
  const wide = (index.dtype === "int64" ? index : index.detach().to("int64")).strided();
  if (index.numel() === 0) return wide;
  const size = what.shape[what.dim] ?? 1;
  if (on.type === "cpu" && !anyNegative(wide, what, size)) return wide;
  if (!what.negative) return wide;
  const below = execute(less("int64"), on, "strided", wide, scalar(on, "int64", 0));
  const fromEnd = execute(plus("int64"), on, "strided", wide, scalar(on, "int64", size));
  return execute(choose("int64"), on, "strided", below, fromEnd, wide);
}

/** Looks at every index as two halves of 32 bits: bigints would be a hundred times slower. */
function anyNegative(indices: Storage, what: Indexed, size: number): boolean {
  const halves = new Int32Array(withId(indices, (id, addon) => addon.view(id)));
  let negative = false;
  for (let i = 0; i < halves.length; i += 2) {
    const [low, high] = [halves[i], halves[i + 1]];
    if (high === 0 && low >= 0 && low < size) continue;
    const value = high * 2 ** 32 + (low >>> 0);
    if (value >= size || value < (what.negative ? -size : 0)) throw outOfBounds(what, value);
    negative = true; // or beyond 2^31, in a size that no kernel takes
  }
  return negative;
}

/** @throws DTypeError for what are no indices. */
export function expectIndexDType(op: string, index: Tensor): void {
  if (index.dtype === "int64" || index.dtype === "int32") return;
  throw new DTypeError(`${op}: expected an int64 index, got ${index.dtype}; convert with .to("int64")`);
}
