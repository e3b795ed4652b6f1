// The families of operations, so that a declaration is only what differs.
export { type Binary, binary, numberLike, twoOfOneDType } from "./families/binary.js";
export { declaredAs } from "./families/declared.js";
export { type Formula, broadcastAll, formula } from "./families/formula.js";
export { numberWhere, onlyWhere, zeroWhere } from "./families/masked.js";
export {
  type DTypeReduceOptions,
  type Dims,
  type Reduce,
  type ReduceOptions,
  type Reduction,
  dimsAndOptions,
  reduce,
  reduceStorage,
  reductionKernels,
  restored,
} from "./families/reduce.js";
export { type Takes, inDType, notFloating, taken } from "./families/takes.js";
export { type Unary, unary } from "./families/unary.js";
export { type Via, boolAsBytes, halvesAsFloats, converted, kernelsOf, run1, run2, runAlong } from "./families/via.js";
