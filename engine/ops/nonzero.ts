// Where elements are not zero. How many there are is known only from the data, so there is no shape rule: meta refuses.
// `nonzero` is a Tensor method.
import { execute, explainNative, kernel, typeAttr, withId } from "../backend/native.js";
import { reshaped } from "../backend/layout.js";
import { zeros } from "../create.js";
import { GradtapeError, expectOptions } from "../errors.js";
import { type Declared, expectTensor, shapesText } from "../op.js";
import { Tensor } from "../tensor.js";

/** @throws GradtapeError on meta. */
export const dependsOnData = (op: string, what: string): GradtapeError =>
  new GradtapeError(`${op}: the shape depends on the number of ${what}, and a tensor on meta has no data`);

/** Indices of the elements that are not zero, [n, dims] int64. */
function placesOf(op: string, x: Tensor): Tensor {
  expectTensor(op, "input", x);
  if (x.device.type === "meta") throw dependsOnData(op, "elements that are not zero");
  const on = x.device;
  const mask = x.dtype === "bool" ? x : x.detach().ne(0);
  try {
    const input = x.ndim === 0 ? reshaped(mask.storage, [1], "bool", on) : mask.strided();
    const found = execute(kernel("Where", [typeAttr("T", "bool")], 1), on, "strided", input);
    const [count] = withId(found, (id, addon) => addon.info(id).dims);
    // A 0-d tensor has one place, and no index of it.
    return x.ndim === 0
      ? zeros([count, 0], { dtype: "int64", device: on })
      : new Tensor(found, [count, x.ndim], "int64", on);
  } catch (error) {
    throw explainNative(error, op, shapesText([x]));
  }
}

/** Indices of the elements that are not zero, a vector for each dim; a 0-d tensor counts as a vector of one. */
export const nonzeroTuple = (op: string, x: Tensor): readonly Tensor[] =>
  placesOf(op, x.ndim === 0 ? x.reshape(1) : x).unbind(1);

export interface Nonzero extends Declared {
  (x: Tensor, options?: { readonly asTuple?: false }): Tensor;
  (x: Tensor, options: { readonly asTuple: true }): readonly Tensor[];
}

/** `nonzero` as a method. */
export interface NonzeroMethod {
  (options?: { readonly asTuple?: false }): Tensor;
  (options: { readonly asTuple: true }): readonly Tensor[];
}

function nonzeroOf(x: Tensor, options?: { readonly asTuple?: false }): Tensor;
function nonzeroOf(x: Tensor, options: { readonly asTuple: true }): readonly Tensor[];
function nonzeroOf(x: Tensor, options?: { readonly asTuple?: boolean }): Tensor | readonly Tensor[] {
  const { asTuple = false } = expectOptions("nonzero", options, "{ asTuple: true }");
  return asTuple ? nonzeroTuple("nonzero", x) : placesOf("nonzero", x);
}

const matrix = [
  [1, 0, 2],
  [0, 0, -3],
];
const inTuples = { args: [{ asTuple: true }], torch: "torch.nonzero(a, as_tuple=True)" } as const;
const given: Declared["samples"] = [
  { in: [matrix] },
  { in: [matrix], ...inTuples },
  { in: [{ values: [0, 1, 1], dtype: "bool" }] },
  { in: [{ shape: [0, 2] }] },
  { in: [5] },
  { in: [0] },
  { in: [5], ...inTuples },
  { in: [{ values: [[NaN], [-0], [Infinity]], dtype: "float16" }] },
  { in: [{ shape: [2, 3], dtype: "float32", transposed: true }] },
  { in: [{ values: [0, 7], dtype: "int8" }] },
];
const samples = given.map((sample) => ({ ...sample, meta: false }));

/**
 * The indices of the elements that are not zero, [n, dims] int64 in the order of the elements; with `asTuple` a vector for
 * each dim, as `get` takes them (torch.nonzero). Waits for the device, since the number must be known.
 * @throws GradtapeError on meta, where it depends on data that is not there.
 */
export const nonzero: Nonzero = Object.assign(nonzeroOf, {
  opName: "nonzero",
  torch: "torch.nonzero(a)",
  differentiable: false,
  samples,
} satisfies Declared);
