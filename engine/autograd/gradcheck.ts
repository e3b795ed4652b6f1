// torch.autograd.gradcheck: gradients against finite differences, element by element or along random directions. What
// proves every operation of the engine proves a user's own Function.
import { grad, listed } from "../backward.js";
import { fromTypedArray, randn } from "../create.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, AutogradError, expectOptions } from "../errors.js";
import { Generator } from "../random.js";
import { enableGrad, noGrad } from "../state.js";
import type { Tensor } from "../tensor.js";

export interface GradcheckOptions {
  /** Step of the central differences. Default 1e-6. */
  readonly eps?: number;
  /** Allowed: atol + rtol |numeric|. Defaults 1e-5 and 1e-3. */
  readonly atol?: number;
  readonly rtol?: number;
  /** false: return false instead of throwing. Default true. */
  readonly raiseException?: boolean;
  /** One random direction per pair of input and result instead of every element: fast, and finds nearly every fault. */
  readonly fastMode?: boolean;
}

/** What is checked: tensors to a tensor or several. */
export type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/**
 * Whether the gradients of `f` agree with finite differences (torch.autograd.gradcheck).
 * @param inputs float64 for those that require grad: other precisions cannot tell a wrong gradient from rounding.
 * @throws AutogradError naming the input, the result and both numbers; ArgumentError when nothing can be checked.
 */
export function gradcheck(f: Checked, inputs: Tensor | readonly Tensor[], options: GradcheckOptions = {}): boolean {
  expectOptions("gradcheck", options, "{ eps: 1e-6 }");
  try {
    check("gradcheck", f, listed(inputs), options);
    return true;
  } catch (error) {
    if (options.raiseException === false && error instanceof AutogradError) return false;
    throw error;
  }
}

/** The same for the gradients of the gradients (torch.autograd.gradgradcheck). */
export function gradgradcheck(f: Checked, inputs: Tensor | readonly Tensor[], options: GradcheckOptions = {}): boolean {
  expectOptions("gradgradcheck", options, "{ eps: 1e-6 }");
  const given = listed(inputs);
  const outs = listed(noGrad(() => f(...given))).filter((out) => isFloating(out.dtype));
  const generator = new Generator(7);
  const cotangents = outs.map((out) =>
    randn(out.shape, { dtype: out.dtype, device: out.device, generator, requiresGrad: true }),
  );
  const first = (...all: Tensor[]): readonly Tensor[] => {
    const xs = all.slice(0, given.length);
    const results = listed(f(...xs)).filter((out) => isFloating(out.dtype));
    const graded = results.map((out, i) => ({ out, g: all[given.length + i] })).filter(({ out }) => out.requiresGrad);
    const grads = grad(
      graded.map(({ out }) => out),
      xs.filter((x) => x.requiresGrad),
      { gradOutputs: graded.map(({ g }) => g), createGraph: true, allowUnused: true },
    );
    return grads.filter((g) => g !== undefined);
  };
  try {
    check("gradgradcheck", first, [...given, ...cotangents], options);
    return true;
  } catch (error) {
    if (options.raiseException === false && error instanceof AutogradError) return false;
    throw error;
  }
}

function check(name: string, f: Checked, inputs: readonly Tensor[], options: GradcheckOptions): void {
  const wanted = inputs.flatMap((x, i) => (x.requiresGrad ? [i] : []));
  if (wanted.length === 0) throw new ArgumentError(`${name}: expected an input that requires grad`);
  for (const i of wanted) {
    if (inputs[i].dtype === "float64") continue;
    throw new ArgumentError(
      `${name}: expected float64 for input ${i}, got ${inputs[i].dtype}; rounding would hide or fake a fault`,
    );
  }
  // Leaves of their own: the caller's keep their grad, and views of one memory are moved one at a time.
  const leaves = inputs.map((x) => (x.requiresGrad ? x.detach().clone().requiresGrad_() : x));
  const outs = enableGrad(() => listed(f(...leaves)));
  const results = outs.flatMap((out, i) => (out.requiresGrad ? [i] : []));
  const sweep = options.fastMode ? alongDirections : everyElement;
  for (const k of results) sweep(name, f, leaves, outs[k], k, wanted, options);
}

type Sweep = (
  name: string,
  f: Checked,
  leaves: readonly Tensor[],
  out: Tensor,
  result: number,
  wanted: readonly number[],
  options: GradcheckOptions,
) => void;

/** Result `k` with input `i` moved along `direction` by ±eps: the slope between. */
function slope(f: Checked, leaves: readonly Tensor[], i: number, k: number, direction: Tensor, eps: number): Tensor {
  return noGrad(() => {
    const at = (step: number) => {
      const moved = leaves.map((x, j) => (j === i ? x.detach().add(direction.mul(step)).requiresGrad_() : x));
      return listed(enableGrad(() => f(...moved)))[k].detach();
    };
    return at(eps)
      .sub(at(-eps))
      .div(2 * eps);
  });
}

const everyElement: Sweep = (name, f, leaves, out, k, wanted, options) => {
  const { eps = 1e-6 } = options;
  const size = out.numel();
  const rows = Array.from({ length: size }, (_, row) => {
    const one = new Float64Array(size);
    one[row] = 1;
    const g = fromTypedArray(one, out.shape, { device: out.device });
    return grad(
      out,
      wanted.map((i) => leaves[i]),
      { gradOutputs: g, retainGraph: true, allowUnused: true },
    ).map((x) => x?.toTypedArray());
  });
  wanted.forEach((i, n) => {
    const x = leaves[i];
    for (let column = 0; column < x.numel(); column++) {
      const one = new Float64Array(x.numel());
      one[column] = 1;
      const numeric = slope(f, leaves, i, k, fromTypedArray(one, x.shape, { device: x.device }), eps).toTypedArray();
      rows.forEach((grads, row) => {
        const [own, wantedSlope] = [Number(grads[n]?.[column] ?? 0), Number(numeric[row])];
        if (!close(own, wantedSlope, options))
          throw mismatch(name, i, k, `d result[${place(row, out)}] / d input[${place(column, x)}]`, own, wantedSlope);
      });
    }
  });
};

const alongDirections: Sweep = (name, f, leaves, out, k, wanted, options) => {
  const { eps = 1e-6 } = options;
  const generator = new Generator(11);
  const direction = (like: Tensor) => {
    const d = randn(like.shape, { dtype: "float64", device: like.device, generator });
    return like.numel() === 0 ? d : d.div(d.square().sum().sqrt());
  };
  const cotangent = direction(out);
  const grads = grad(
    out,
    wanted.map((i) => leaves[i]),
    { gradOutputs: cotangent, retainGraph: true, allowUnused: true },
  );
  wanted.forEach((i, n) => {
    const towards = direction(leaves[i]);
    const numeric = slope(f, leaves, i, k, towards, eps).mul(cotangent).sum().item();
    const own = noGrad(() => grads[n]?.mul(towards).sum().item() ?? 0);
    if (!close(own, numeric, options)) throw mismatch(name, i, k, "the slope along a random direction", own, numeric);
  });
};

const close = (own: number, numeric: number, { atol = 1e-5, rtol = 1e-3 }: GradcheckOptions): boolean =>
  Math.abs(own - numeric) <= atol + rtol * Math.abs(numeric);

const mismatch = (name: string, input: number, result: number, what: string, own: number, numeric: number) =>
  new AutogradError(
    `${name}: the gradient of result ${result} for input ${input} is wrong: ${what} is ${own}, finite differences say ${numeric}`,
  );

/** The indices of a flat position: "1, 2". */
function place(flat: number, { shape }: Tensor): string {
  const indices: number[] = [];
  let rest = flat;
  for (let d = shape.length - 1; d >= 0; d--) {
    indices.unshift(rest % shape[d]);
    rest = Math.floor(rest / shape[d]);
  }
  return indices.join(", ");
}
