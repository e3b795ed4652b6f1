// The methods of Tensor, derived from the declarations: name, types, documentation and go-to-definition come from ops/.
import type { Choose, ChooseMethod } from "./choose.js";
import type { Nonzero, NonzeroMethod } from "./nonzero.js";
import type * as ops from "./index.js";

/** The parameters behind the tensor; distributes over a union of parameter lists. */
type Rest<Parameters> = Parameters extends readonly [unknown, ...infer Others] ? Others : never;
/** TypeScript infers from one signature only: what has several says itself what it is as a method. */
type Method<F> = F extends Choose
  ? ChooseMethod
  : F extends Nonzero
    ? NonzeroMethod
    : F extends (...args: infer Parameters) => infer Result
      ? (...rest: Rest<Parameters>) => Result
      : never;

export type TensorMethods = { [Name in keyof typeof ops]: Method<(typeof ops)[Name]> };
