// What an in-place operation that writes values makes of a tensor. No method.
import { identity } from "../backend/kernels.js";
import { execute } from "../backend/native.js";
import { type OpSpec, apply } from "../op.js";
import type { Tensor } from "../tensor.js";

const replaceSpec: OpSpec<undefined> = {
  name: "copy_",
  torch: "",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  forward: ([x, source], _, _out, on) => execute(identity(x.dtype), on, source.storage.layout, source.storage),
  vjp: (g, { needs }) => [needs[0] ? g.zerosLike() : undefined, g],
  saves: "nothing",
  samples: [],
};

/** `source` in the place of `x`, of the same shape and dtype: it takes the gradient, and what was there gets none. */
export const replaced = (x: Tensor, source: Tensor): Tensor => apply(replaceSpec, [x, source], undefined);
