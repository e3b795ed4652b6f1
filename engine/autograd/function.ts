// torch.autograd.Function: an operation of the user's own, with a gradient of its own. It becomes one node of the tape.
import { zeros } from "../create.js";
import { isFloating } from "../dtype.js";
import { ArgumentError, AutogradError, ShapeError, shapeText } from "../errors.js";
import { broadcastShapes, sameShape } from "../shape.js";
import { isGradEnabled, noGrad } from "../state.js";
import { GradNode, type Gradients } from "../tape.js";
import { Tensor } from "../tensor.js";

/** What `forward` tells `backward`. Fields of your own may be added: declare them in the type, `ctx: FunctionContext & { scale: number }`. */
export class FunctionContext {
  #toSave: readonly Tensor[] = [];
  #saved: (() => readonly Tensor[]) | undefined;
  readonly #dirty = new Set<Tensor>();
  readonly #constant = new Set<Tensor>();
  #materializes = true;

  /** @param needsInputGrad per argument of `forward`, whether a gradient is wanted (ctx.needs_input_grad). */
  constructor(readonly needsInputGrad: readonly boolean[]) {}

  /** Keeps inputs or results for `backward`, which refuses them when they were changed in place since (ctx.save_for_backward). */
  saveForBackward(...tensors: readonly Tensor[]): void {
    const wrong = tensors.findIndex((x) => !(x instanceof Tensor));
    if (wrong >= 0) {
      throw new ArgumentError(
        `saveForBackward: expected tensors, argument ${wrong} is none; keep other values as fields of ctx`,
      );
    }
    this.#toSave = tensors;
  }

  /** What `saveForBackward` was given (ctx.saved_tensors). */
  get savedTensors(): readonly Tensor[] {
    return this.#saved?.() ?? this.#toSave;
  }

  /** `forward` changed these inputs in place and returns them (ctx.mark_dirty). */
  markDirty(...inputs: readonly Tensor[]): void {
    for (const x of inputs) this.#dirty.add(x);
  }

  /** These results have no gradient (ctx.mark_non_differentiable). */
  markNonDifferentiable(...results: readonly Tensor[]): void {
    for (const x of results) this.#constant.add(x);
  }

  /** With false, `backward` gets undefined for a result that no gradient came to; else zeros (ctx.set_materialize_grads). */
  setMaterializeGrads(value: boolean): void {
    this.#materializes = value;
  }

  /** For `apply`: what forward left here. */
  static read(ctx: FunctionContext) {
    return {
      toSave: ctx.#toSave,
      dirty: ctx.#dirty as ReadonlySet<Tensor>,
      constant: ctx.#constant as ReadonlySet<Tensor>,
      materializes: ctx.#materializes,
      restore: (saved: () => readonly Tensor[]) => (ctx.#saved = saved),
    };
  }
}

/** The statics of a subclass of `Function`. */
export interface FunctionClass<Args extends readonly unknown[], Result> {
  readonly name: string;
  forward(ctx: never, ...args: Args): Result;
  /** A gradient per argument of `forward`, undefined for those that have none. One that is alone needs no array. */
  backward(ctx: never, ...grads: Tensor[]): Tensor | undefined | Gradients;
}

/**
 * Base of operations with a gradient of their own (torch.autograd.Function):
 *
 *     class Exp extends autograd.Function {
 *       static forward(ctx: FunctionContext, x: Tensor) {
 *         const y = x.exp();
 *         ctx.saveForBackward(y);
 *         return y;
 *       }
 *       static backward(ctx: FunctionContext, g: Tensor) {
 *         const [y] = ctx.savedTensors;
 *         return g.mul(y);
 *       }
 *     }
 *     const y = Exp.apply(x);
 *
 * `forward` runs without recording. `backward` is recorded under `createGraph`, so write it with differentiable
 * operations; `autograd.gradcheck` proves both.
 */
export abstract class CustomFunction {
  /**
   * Calls `forward` and records `backward`.
   * @throws AutogradError, ShapeError in the backward pass, when `backward` gives too few gradients or of a wrong shape.
   */
  static apply<Args extends readonly unknown[], Result extends Tensor | readonly Tensor[]>(
    this: FunctionClass<Args, Result>,
    ...args: Args
  ): Result {
    const recording = isGradEnabled();
    const needs = args.map((x) => recording && x instanceof Tensor && x.requiresGrad);
    const ctx = new FunctionContext(needs);
    const forward = this.forward.bind(this) as (ctx: FunctionContext, ...args: Args) => Result;
    const result = noGrad(() => forward(ctx, ...args));
    const { dirty, constant, toSave, materializes, restore } = FunctionContext.read(ctx);
    const inputs = new Set<unknown>(args);
    // An input that comes back as it was is another tensor with the same memory: the node is of the result.
    const own = (x: Tensor): Tensor => (inputs.has(x) && !dirty.has(x) ? x.detach() : x);
    const outs = listed(this.name, result).map(own);
    if (needs.includes(true)) {
      const graded = outs.filter((x) => isFloating(x.dtype) && !constant.has(x));
      for (const x of dirty) refuseDirty(this.name, x, outs);
      if (graded.length > 0) {
        const metas = outs.map(({ shape, dtype, device }) => ({ shape, dtype, device }));
        const positions = outs.map((x) => graded.indexOf(x));
        const tensors = args.flatMap((x, i) => (x instanceof Tensor ? [i] : []));
        const backward = this.backward.bind(this) as (ctx: FunctionContext, ...gs: (Tensor | undefined)[]) => unknown;
        new GradNode(
          this.name,
          tensors.map((i) => args[i] as Tensor),
          graded,
          { tensors: toSave },
          undefined,
          (gs, saved) => {
            restore(() => saved.in);
            const whole = positions.map((at, i) => {
              const g = at < 0 ? undefined : gs[at];
              return g ?? (materializes ? zeros(metas[i].shape, metas[i]) : undefined);
            });
            const grads = backward(ctx, ...whole);
            return gradientsOf(this.name, grads, args, tensors);
          },
        );
      }
    }
    return (Array.isArray(result) ? outs : outs[0]) as unknown as Result;
  }
}

function listed(name: string, result: unknown): readonly Tensor[] {
  const outs: readonly unknown[] = Array.isArray(result) ? result : [result];
  const wrong = outs.findIndex((x) => !(x instanceof Tensor));
  if (wrong < 0 && outs.length > 0) return outs as readonly Tensor[];
  throw new ArgumentError(
    `${name}: expected forward to return a tensor or an array of them, got ${typeof outs[wrong]}`,
  );
}

function refuseDirty(name: string, x: Tensor, outs: readonly Tensor[]): void {
  if (!outs.includes(x)) throw new AutogradError(`${name}: expected what is marked dirty to be returned by forward`);
  if (x.isLeaf && x.requiresGrad) {
    throw new AutogradError(`${name}: a leaf that requires grad was changed in place; change a clone()`);
  }
  if (x.isView) {
    throw new AutogradError(`${name}: a view was changed in place by forward, which is not recorded; change a clone()`);
  }
}

/** The gradients of the tensors among the arguments, checked. */
function gradientsOf(name: string, given: unknown, args: readonly unknown[], tensors: readonly number[]): Gradients {
  const grads: readonly unknown[] = Array.isArray(given) ? given : [given];
  const extra = grads.slice(args.length).some((g) => g !== undefined);
  if (grads.length < args.length || extra) {
    throw new AutogradError(
      `${name}.backward: expected ${args.length} gradients, one per argument of forward, got ${grads.length}`,
    );
  }
  grads.forEach((g, i) => {
    if (g !== undefined && !(g instanceof Tensor)) {
      throw new AutogradError(
        `${name}.backward: expected a tensor or undefined as gradient ${i}, got ${g === null ? "null" : typeof g}`,
      );
    }
    if (g !== undefined && !tensors.includes(i)) {
      throw new AutogradError(`${name}.backward: expected undefined as gradient ${i}: argument ${i} is not a tensor`);
    }
  });
  return tensors.map((i) => {
    const g = grads[i] as Tensor | undefined;
    if (g) checkShape(name, i, g, args[i] as Tensor);
    return g;
  });
}

/** A gradient may be wider than its input: it is then summed, as for every broadcast. */
function checkShape(name: string, i: number, g: Tensor, x: Tensor): void {
  const fits =
    sameShape(g.shape, x.shape) ||
    (g.ndim >= x.ndim && sameShape(broadcastShapes(`${name}.backward`, g.shape, x.shape), g.shape));
  if (fits) return;
  throw new ShapeError(`${name}.backward: expected gradient ${i} of ${shapeText(x.shape)}, got ${shapeText(g.shape)}`);
}
