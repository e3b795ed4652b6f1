// What user programs import as "gradtape/tfjs": tensorflow.js on Gradtape's addon, and tensors across without a copy.
// Needs @tensorflow/tfjs-node beside the program; only this entry does.
import { device, native, withId } from "./backend/native.js";
import { openTfjs } from "./backend/tfjs.js";
import { dtypeOfTf } from "./dtype.js";
import { DTypeError } from "./errors.js";
import { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

const bridge = openTfjs(native);

/** tensorflow.js (tfjs-node), computing on the same library. */
export const tf = bridge.tf;

type TfjsTensor = ReturnType<typeof bridge.toTfjs>;

/**
 * The same contents as a tfjs tensor, without a copy and without history; tfjs frees it by its own rules.
 * @throws DTypeError for float64, half precisions and other dtypes that tfjs does not have.
 */
export function toTfjs(x: Tensor): TfjsTensor {
  try {
    return withId(x.strided(), (id) => bridge.toTfjs(id));
  } catch (error) {
    throw new DTypeError((error as Error).message, { cause: error });
  }
}

/**
 * The same contents as a Tensor on the CPU, without a copy; a leaf.
 * @throws DTypeError for strings and complex numbers.
 */
export function fromTfjs(x: TfjsTensor): Tensor {
  const storage = new Storage("strided");
  storage.id = bridge.fromTfjs(x, storage);
  const { dtype: number } = withId(storage, (id, addon) => addon.info(id));
  const dtype = dtypeOfTf(number);
  if (dtype === undefined) throw new DTypeError(`fromTfjs: expected numbers or bool, got ${x.dtype}`);
  return new Tensor(storage, [...x.shape], dtype, device("cpu"));
}
