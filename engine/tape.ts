// The tape: what was done to which tensors, played backwards. Define-by-run, reverse mode, as micrograd does it, over
// nodes that hold a vjp and what it needs. Knows no operation by name; broadcasting is undone here, once for all.
import { AutogradError, ShapeError, shapeText } from "./errors.js";
import type { Tensor } from "./tensor.js";
import { type Shape, sameShape } from "./shape.js";
import { isGradEnabled, noGrad, observed } from "./state.js";

/** What a gradient formula sees. `in` and `out` are there only where the operation's declaration says they are saved. */
export interface Saved<O> {
  readonly in: readonly Tensor[];
  readonly out: Tensor;
  readonly inShapes: readonly Shape[];
  readonly outShape: Shape;
  readonly options: O;
  /** Which inputs want a gradient: skip the work for the others. */
  readonly needs: readonly boolean[];
}

/** Gradients of the inputs; undefined where none flows. Broadcast inputs may come back in the output's shape. */
export type Vjp<O> = (g: Tensor, saved: Saved<O>) => readonly (Tensor | undefined)[];

export type Saves = "nothing" | "in" | "out" | "in and out";

/** Where an input's gradient goes: the node that made it, or the leaf itself. */
type Edge = { readonly node: GradNode } | { readonly leaf: Tensor } | undefined;

let sequence = 0;

/** One recorded operation (torch.autograd.graph.Node). */
export class GradNode {
  /** Order of recording: a node is always later than what it depends on. */
  readonly sequence = ++sequence;
  readonly edges: readonly Edge[];
  #saved: SavedTensors | undefined;
  readonly #inShapes: readonly Shape[];
  readonly #outShape: Shape;

  constructor(
    /** The operation: "conv2d". */
    readonly name: string,
    inputs: readonly Tensor[],
    out: Tensor,
    saves: Saves,
    private readonly options: unknown,
    private readonly vjp: Vjp<never>,
  ) {
    this.edges = inputs.map(edgeOf);
    this.#inShapes = inputs.map((x) => x.shape);
    this.#outShape = out.shape;
    this.#saved = new SavedTensors(
      saves === "in" || saves === "in and out" ? inputs : undefined,
      saves === "out" || saves === "in and out" ? out : undefined,
    );
    out.attach(this);
  }

  /** Gradients of the inputs for the output's gradient, in the inputs' shapes. */
  backward(g: Tensor): readonly (Tensor | undefined)[] {
    const saved = this.#saved;
    if (!saved) {
      throw new AutogradError(
        `backward: the graph of ${this.name} was freed by an earlier backward; pass { retainGraph: true } to that one`,
      );
    }
    const context: Saved<never> = {
      get in() {
        return saved.inputs(nodeName);
      },
      get out() {
        return saved.output(nodeName);
      },
      inShapes: this.#inShapes,
      outShape: this.#outShape,
      options: this.options as never,
      needs: this.edges.map((edge) => edge !== undefined),
    };
    const nodeName = this.name;
    const grads = this.vjp(g, context);
    return grads.map((grad, i) => (grad && this.edges[i] ? unbroadcast(grad, this.#inShapes[i]) : undefined));
  }

  /** Lets go of what was saved. */
  free(): void {
    this.#saved = undefined;
  }
}

function edgeOf(x: Tensor): Edge {
  if (x.gradFn) return { node: x.gradFn };
  return x.requiresGrad ? { leaf: x } : undefined;
}

/** Tensors a gradient needs, with the versions they had. */
class SavedTensors {
  readonly #versions: readonly number[];
  readonly #outVersion: number;

  constructor(
    private readonly tensors: readonly Tensor[] | undefined,
    private readonly out: Tensor | undefined,
  ) {
    this.#versions = tensors?.map((x) => x.version) ?? [];
    this.#outVersion = out?.version ?? 0;
  }

  inputs(op: string): readonly Tensor[] {
    if (!this.tensors) throw new Error(`${op}: its declaration does not save its inputs`);
    this.tensors.forEach((x, i) => {
      if (x.version !== this.#versions[i]) throw changed(op, `input ${i}`, x, this.#versions[i]);
    });
    return this.tensors;
  }

  output(op: string): Tensor {
    if (!this.out) throw new Error(`${op}: its declaration does not save its output`);
    if (this.out.version !== this.#outVersion) throw changed(op, "its result", this.out, this.#outVersion);
    return this.out;
  }
}

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

export interface BackwardOptions {
  /** Keep what the graph saved, for another backward. */
  readonly retainGraph?: boolean;
  /** Record the backward pass itself, for gradients of gradients. Implies `retainGraph`. */
  readonly createGraph?: boolean;
}

/** torch.Tensor.backward: accumulates into the leaves. */
export function runBackward(root: Tensor, gradient: Tensor | undefined, options: BackwardOptions): void {
  play(root, gradient, options, (leaf, g) => accumulate(leaf, g, options.createGraph ?? false));
}

/** Walks from `root` to the leaves; `reach` gets each leaf with a gradient, once per arriving edge. */
export function play(
  root: Tensor,
  gradient: Tensor | undefined,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions,
  reach: (leaf: Tensor, g: Tensor) => void,
): void {
  if (!root.requiresGrad) {
    throw new AutogradError(
      "backward: expected a tensor that depends on one with requiresGrad, got one that does not; was it made in noGrad, or detached?",
    );
  }
  if (gradient === undefined && root.numel() !== 1) {
    throw new ShapeError(
      `backward: expected a scalar, got ${shapeText(root.shape)}; give it a gradient, or reduce with sum() or mean()`,
    );
  }
  if (gradient && !sameShape(gradient.shape, root.shape)) {
    throw new ShapeError(`backward: expected a gradient of ${shapeText(root.shape)}, got ${shapeText(gradient.shape)}`);
  }
  observed.by?.enterPhase("backward");
  try {
    const walk = () => {
      const seed = gradient?.to({ dtype: root.dtype, device: root.device }) ?? root.onesLike();
      if (root.gradFn) playFrom(root.gradFn, seed, retainGraph, reach);
      else reach(root, seed);
    };
    if (createGraph && isGradEnabled()) walk();
    else noGrad(walk);
  } finally {
    observed.by?.leavePhase();
  }
}

function playFrom(start: GradNode, seed: Tensor, retain: boolean, reach: (leaf: Tensor, g: Tensor) => void): void {
  const grads = new Map<GradNode, Tensor>([[start, seed]]);
  for (const node of laterFirst(start)) {
    const g = grads.get(node);
    if (!g) continue; // nothing flows here: every path to it was cut
    grads.delete(node);
    const inputs = node.backward(g);
    if (!retain) node.free();
    node.edges.forEach((edge, i) => {
      const grad = inputs[i];
      if (!edge || !grad) return;
      if ("leaf" in edge) {
        reach(edge.leaf, grad);
        return;
      }
      const before = grads.get(edge.node);
      grads.set(edge.node, before ? before.add(grad) : grad);
    });
  }
}

/** Every node below `start`, those recorded later first: so all gradients of a node have arrived when its turn comes. */
function laterFirst(start: GradNode): readonly GradNode[] {
  const seen = new Set<GradNode>([start]);
  for (const node of seen) {
    for (const edge of node.edges) if (edge && "node" in edge) seen.add(edge.node);
  }
  return [...seen].sort((a, b) => b.sequence - a.sequence);
}

function accumulate(leaf: Tensor, g: Tensor, keepGraph: boolean): void {
  // Two leaves may get the very same tensor (the gradients of a + b): each has its own, or in-place changes would meet.
  if (leaf.grad === undefined) leaf.grad = keepGraph ? g : g.snapshot();
  else if (keepGraph) leaf.grad = leaf.grad.add(g);
  else noGrad(() => leaf.grad?.add_(g)); // PyTorch adds in place: whoever holds the grad sees it grow
}
