// A parameter's place must not silently become a plain tensor's: the weight would no longer be trained nor saved, and
// nothing would say so. JavaScript cannot intercept the assignment, so it is noticed at the next look at the module.
import { ArgumentError } from "../errors.js";
import { Tensor } from "../tensor.js";
import type { Internals } from "./members.js";
import { Parameter } from "./parameter.js";

/**
 * Remembers which members are parameters.
 * @throws ArgumentError when one that was a parameter or a buffer is something else now; undefined is allowed.
 */
export function keepParameters(
  owner: string,
  own: readonly (readonly [string, unknown])[],
  internals: Internals,
): void {
  const now = new Set<string>();
  for (const [name, value] of own) {
    if (value instanceof Parameter) now.add(name);
    else if (value !== undefined && value !== null && internals.parameters?.has(name)) {
      throw new ArgumentError(
        `${owner}.${name}: expected a Parameter in its place, got ${value instanceof Tensor ? "a plain tensor, which is neither trained nor saved" : typeof value}; ` +
          `write new nn.Parameter(x), or noGrad(() => module.${name}.copy_(x))`,
      );
    } else if (value !== undefined && value !== null && internals.buffers.has(name) && !(value instanceof Tensor)) {
      throw new ArgumentError(`${owner}.${name}: expected a Tensor in the buffer's place, got ${typeof value}`);
    }
  }
  internals.parameters = now;
}
