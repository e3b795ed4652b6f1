// The tape: what was done to which tensors, played backwards. Define-by-run, reverse mode, as micrograd does it, over
// nodes that hold a vjp and what it needs. Knows no operation by name; broadcasting is undone here, once for all.
import { isFloating } from "./dtype.js";
import { AutogradError, ShapeError, shapeText } from "./errors.js";
import { Hooks, type RemovableHandle } from "./hooks.js";
import type { Tensor } from "./tensor.js";
import { type Shape, sameShape } from "./shape.js";

/** What a gradient formula sees. `in`, `out` and `outs` are there only where the operation's declaration says they are saved. */
export interface Saved<O> {
  /** Those that the declaration does not keep are undefined. */
  readonly in: readonly Tensor[];
  /** The first result. */
  readonly out: Tensor;
  readonly outs: readonly Tensor[];
  readonly inShapes: readonly Shape[];
  readonly outShape: Shape;
  readonly options: O;
  /** Which inputs want a gradient: skip the work for the others. */
  readonly needs: readonly boolean[];
}

/** Gradients of the inputs; undefined where none flows. Broadcast inputs may come back in the output's shape. */
export type Gradients = readonly (Tensor | undefined)[];
export type Vjp<O> = (g: Tensor, saved: Saved<O>) => Gradients;
/** The same for an operation with several results: no gradient came to those that are undefined. */
export type ManyVjp<O> = (gs: Gradients, saved: Saved<O>) => Gradients;

/** What a node keeps of its inputs and results. `in` chooses the inputs by which of them want a gradient: none is kept, nor must stay as it was, for nothing. */
export type Saves =
  "nothing" | "in" | "out" | "in and out" | { readonly in: (needs: readonly boolean[]) => readonly boolean[] };

/** `saves` of a product: each input is there for the gradients of the others. */
export const crossed: Saves = { in: (needs) => needs.map((_, i) => needs.some((need, j) => need && j !== i)) };

/** Sees a gradient on its way; what it returns, if anything, goes on in its place. */
export type TensorHook = (grad: Tensor) => Tensor | undefined | void;

/** Where an input's gradient goes: to a result of the node that made it, or to the leaf itself. */
type Edge = { readonly node: GradNode; readonly output: number } | { readonly leaf: Tensor } | undefined;

let sequence = 0;

/** What anomaly mode adds to a node: see engine/autograd/anomaly.ts. */
export interface NodeWatch {
  /** A node is made now: what it returns is kept with the node. */
  recorded(): Error;
  /** Called with what a node's vjp threw or returned; throws for what is not as it should be. */
  returned(node: GradNode, result: { readonly grads: Gradients } | { readonly error: unknown }): void;
}

/** The one watch of this process; undefined outside anomaly mode. */
export const watched: { by: NodeWatch | undefined } = { by: undefined };

/** One recorded operation (torch.autograd.graph.Node). */
export class GradNode {
  /** Order of recording: a node is always later than what it depends on. */
  readonly sequence: number;
  readonly edges: readonly Edge[];
  /** How many results the operation has. */
  readonly outputs: number;
  /** Where it was recorded; only in anomaly mode. */
  readonly recordedAt: Error | undefined = watched.by?.recorded();
  #saved: SavedTensors | undefined;
  readonly #inShapes: readonly Shape[];
  readonly #outShape: Shape;
  #hooks: Map<number, Hooks<TensorHook>> | undefined;

  constructor(
    /** The operation: "conv2d". */
    readonly name: string,
    inputs: readonly Tensor[],
    outs: readonly Tensor[],
    /** What the vjp will look at: by the operation's declaration, or these very tensors, as `in`. */
    saves: Saves | { readonly tensors: readonly Tensor[] },
    private readonly options: unknown,
    private readonly vjp: ManyVjp<never>,
  ) {
    this.edges = inputs.map(edgeOf);
    this.sequence = ++sequence; // after the edges: a view may record its history anew for them
    this.#inShapes = inputs.map((x) => x.shape);
    this.#outShape = outs[0].shape;
    this.outputs = outs.length;
    this.#saved = new SavedTensors(
      this.#savedInputs(saves, inputs),
      saves === "out" || saves === "in and out" ? outs : undefined,
    );
    for (let i = 0; i < outs.length; i++) if (isFloating(outs[i].dtype)) outs[i].attach(this, i);
  }

  #savedInputs(
    saves: Saves | { readonly tensors: readonly Tensor[] },
    inputs: readonly Tensor[],
  ): readonly (Tensor | undefined)[] | undefined {
    if (saves === "in" || saves === "in and out") return inputs;
    if (typeof saves !== "object") return undefined;
    if ("tensors" in saves) return saves.tensors;
    const kept = saves.in(this.edges.map((edge) => edge !== undefined));
    return inputs.map((x, i) => (kept[i] ? x : undefined));
  }

  /** Gradients of the inputs for those of the outputs, in the inputs' shapes. */
  backward(gs: Gradients): Gradients {
    const saved = this.#saved;
    if (!saved) {
      throw new AutogradError(
        `backward: the graph of ${this.name} was freed by an earlier backward; pass { retainGraph: true } to that one`,
      );
    }
    const nodeName = this.name;
    const context: Saved<never> = {
      get in() {
        return saved.inputs(nodeName);
      },
      get out() {
        return saved.outputs(nodeName)[0];
      },
      get outs() {
        return saved.outputs(nodeName);
      },
      inShapes: this.#inShapes,
      outShape: this.#outShape,
      options: this.options as never,
      needs: this.edges.map((edge) => edge !== undefined),
    };
    let grads: Gradients;
    try {
      grads = this.vjp(gs, context);
    } catch (error) {
      watched.by?.returned(this, { error });
      throw error;
    }
    watched.by?.returned(this, { grads });
    return grads.map((grad, i) => (grad && this.edges[i] ? unbroadcast(grad, this.#inShapes[i]) : undefined));
  }

  /** An in-place operation stored a result of this node in `x`: what the node saved of it is `x` from now on. */
  storedIn(x: Tensor, output: number): void {
    this.#saved?.storedIn(x, output);
  }

  /** Calls `hook` with the gradient of a result, when all of it has arrived. */
  addHook(output: number, hook: TensorHook): RemovableHandle {
    this.#hooks ??= new Map();
    let hooks = this.#hooks.get(output);
    if (!hooks) this.#hooks.set(output, (hooks = new Hooks()));
    return hooks.add(hook);
  }

  /** The gradients that go on after the hooks saw them. */
  hooked(gs: Gradients): Gradients {
    const hooks = this.#hooks;
    return hooks ? gs.map((g, i) => (g ? throughHooks(g, hooks.get(i)) : undefined)) : gs;
  }

  /** Lets go of what was saved. */
  free(): void {
    this.#saved = undefined;
  }
}

/** @throws ShapeError when a hook gives a gradient of another shape. */
export function throughHooks(g: Tensor, hooks: Iterable<TensorHook> | undefined): Tensor {
  let grad = g;
  for (const hook of hooks ?? []) {
    const next = hook(grad) ?? grad;
    if (!sameShape(next.shape, grad.shape)) {
      throw new ShapeError(
        `backward: expected a hook to return a gradient of ${shapeText(grad.shape)}, got ${shapeText(next.shape)}`,
      );
    }
    grad = next;
  }
  return grad;
}

function edgeOf(x: Tensor): Edge {
  const node = x.gradFn;
  if (node) return { node, output: x.outputNr };
  return x.requiresGrad ? { leaf: x } : undefined;
}

/** Tensors a gradient needs, with the versions they had. */
class SavedTensors {
  readonly #versions: readonly (number | undefined)[];
  readonly #outVersions: number[];
  readonly #outs: Tensor[] | undefined;

  constructor(
    private readonly ins: readonly (Tensor | undefined)[] | undefined,
    outs: readonly Tensor[] | undefined,
  ) {
    this.#outs = outs && [...outs];
    this.#versions = ins?.map((x) => x?.version) ?? noVersions;
    this.#outVersions = outs?.map((x) => x.version) ?? noVersions;
  }

  inputs(op: string): readonly Tensor[] {
    if (!this.ins) throw new Error(`${op}: its declaration does not save its inputs`);
    this.ins.forEach((x, i) => {
      const version = this.#versions[i];
      if (x && version !== undefined && x.version !== version) throw changed(op, `input ${i}`, x, version);
    });
    return this.ins as readonly Tensor[]; // a formula looks at what its declaration keeps
  }

  outputs(op: string): readonly Tensor[] {
    if (!this.#outs) throw new Error(`${op}: its declaration does not save its output`);
    this.#outs.forEach((x, i) => {
      if (x.version !== this.#outVersions[i]) throw changed(op, "its result", x, this.#outVersions[i]);
    });
    return this.#outs;
  }

  storedIn(x: Tensor, output: number): void {
    if (!this.#outs) return;
    this.#outs[output] = x;
    this.#outVersions[output] = x.version;
  }
}

const noVersions: number[] = [];

const changed = (op: string, what: string, x: Tensor, version: number) =>
  new AutogradError(
    `backward: ${op} needs ${what} (${x.dtype} ${shapeText(x.shape)}) as it was, but an in-place operation changed it ` +
      `(version ${x.version}, expected ${version}); use the out-of-place form, or change a clone()`,
  );

/** Sums a gradient over the dims that broadcasting added or stretched. */
export function unbroadcast(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const added = g.shape.length - shape.length;
  const dims: number[] = [];
  for (let i = 0; i < g.shape.length; i++) {
    if (i < added || (shape[i - added] === 1 && g.shape[i] !== 1)) dims.push(i);
  }
  const summed = dims.length > 0 ? g.sum(dims, { keepdim: true }) : g;
  return added > 0 ? summed.reshape(shape) : summed;
}
