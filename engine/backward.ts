// Playing the tape: from results back to leaves, or to the tensors that were asked for (torch.autograd.backward and grad).
// Knows nodes and edges only; what a gradient is made of stands in the nodes.
import { ArgumentError, AutogradError, ShapeError, shapeText, expectOptions } from "./errors.js";
import { sameShape } from "./shape.js";
import { isGradEnabled, noGrad, observed } from "./state.js";
import type { GradNode, Gradients } from "./tape.js";
import type { Tensor } from "./tensor.js";

export interface BackwardOptions {
  /** Keep what the graph saved, for another backward. */
  readonly retainGraph?: boolean;
  /** Record the backward pass itself, for gradients of gradients. Implies `retainGraph`. */
  readonly createGraph?: boolean;
}

export interface BackwardInto extends BackwardOptions {
  /** Accumulate into these only (default: every leaf). */
  readonly inputs?: readonly Tensor[];
}

/**
 * Accumulates the gradients of `roots` into leaves (torch.autograd.backward).
 * @param gradients one per root; undefined for a root with one element.
 */
export function backward(
  roots: readonly Tensor[],
  gradients: Gradients = [],
  { inputs, createGraph = false, retainGraph = createGraph }: BackwardInto = {},
): void {
  if (inputs?.length === 0) throw new ArgumentError("backward: expected inputs, got an empty list");
  const into = new Map<Tensor, Tensor>();
  play("backward", roots, gradients, { createGraph, retainGraph }, inputs, (x, g) => {
    if (inputs) into.set(x, g);
    else accumulate(x, g, createGraph);
  });
  for (const [x, g] of into) accumulate(x, g, createGraph);
}

export interface GradOptions extends BackwardOptions {
  /** Gradients of the outputs; needed for those with more than one element. */
  readonly gradOutputs?: Gradients | Tensor;
  /** undefined instead of an error for an input that no output depends on. */
  readonly allowUnused?: boolean;
}

/** Gradients of `outputs` with respect to `inputs`, in the order of `inputs`; no `grad` is touched (torch.autograd.grad). */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions & { readonly allowUnused?: false },
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions,
): (Tensor | undefined)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): (Tensor | undefined)[] {
  const {
    gradOutputs = [],
    createGraph = false,
    retainGraph = createGraph,
    allowUnused = false,
  } = expectOptions("grad", options, "{ createGraph: true }");
  const wanted = listed(inputs);
  const without = wanted.findIndex((x) => !x.requiresGrad);
  if (wanted.length === 0 || without >= 0) {
    throw new AutogradError(
      wanted.length === 0
        ? "grad: expected at least one input"
        : `grad: expected inputs that require grad, input ${without} ${shapeText(wanted[without].shape)} does not`,
    );
  }
  const found = new Map<Tensor, Tensor>();
  play("grad", listed(outputs), listed(gradOutputs), { createGraph, retainGraph }, wanted, (x, g) => found.set(x, g));
  const missing = wanted.findIndex((x) => !found.has(x));
  if (missing >= 0 && !allowUnused) {
    throw new AutogradError(
      `grad: input ${missing} ${shapeText(wanted[missing].shape)} was not used to make the outputs; ` +
        "pass { allowUnused: true } to get undefined for it",
    );
  }
  return wanted.map((x) => found.get(x));
}

export const listed = <T>(one: T | readonly T[]): readonly T[] =>
  Array.isArray(one) ? (one as readonly T[]) : [one as T];

type Reach = (x: Tensor, g: Tensor) => void;

/** Walks from `roots` to the leaves or to `wanted`; `reach` gets each with its whole gradient. */
function play(
  what: string,
  roots: readonly Tensor[],
  gradients: Gradients,
  { createGraph, retainGraph }: Required<BackwardOptions>,
  wanted: readonly Tensor[] | undefined,
  reach: Reach,
): void {
  if (gradients.length > roots.length) {
    throw new ArgumentError(`${what}: expected at most ${roots.length} gradients, got ${gradients.length}`);
  }
  roots.forEach((root, i) => checkRoot(what, root, gradients[i]));
  observed.by?.enterPhase("backward");
  try {
    const walk = () => {
      const pass = new Pass(wanted, reach);
      roots.forEach((root, i) => {
        pass.seed(root, gradients[i]?.to({ dtype: root.dtype, device: root.device }) ?? root.onesLike());
      });
      pass.run(retainGraph);
    };
    if (createGraph && isGradEnabled()) walk();
    else noGrad(walk);
  } finally {
    observed.by?.leavePhase();
  }
}

function checkRoot(what: string, root: Tensor, gradient: Tensor | undefined): void {
  if (!root.requiresGrad) {
    throw new AutogradError(
      `${what}: expected a tensor that depends on one with requiresGrad, got one that does not; was it made in noGrad, or detached?`,
    );
  }
  if (gradient === undefined && root.numel() !== 1) {
    throw new ShapeError(
      `${what}: expected a scalar, got ${shapeText(root.shape)}; give it a gradient, or reduce with sum() or mean()`,
    );
  }
  if (gradient && !sameShape(gradient.shape, root.shape)) {
    throw new ShapeError(`${what}: expected a gradient of ${shapeText(root.shape)}, got ${shapeText(gradient.shape)}`);
  }
}

/** One pass over the graph: gradients on their way, by node and result, and by leaf. */
class Pass {
  readonly #nodes = new Map<GradNode, (Tensor | undefined)[]>();
  readonly #leaves = new Map<Tensor, Tensor>();
  /** Edges to each leaf that have not been walked yet: at none, its gradient is whole. */
  readonly #open = new Map<Tensor, number>();
  readonly #wantedResults = new Map<GradNode, Tensor[]>();
  readonly #wantedLeaves = new Set<Tensor>();

  constructor(
    private readonly wanted: readonly Tensor[] | undefined,
    private readonly reach: Reach,
  ) {
    for (const x of wanted ?? []) {
      const node = x.gradFn;
      if (!node) this.#wantedLeaves.add(x);
      else this.#wantedResults.set(node, [...(this.#wantedResults.get(node) ?? []), x]);
    }
  }

  seed(root: Tensor, g: Tensor): void {
    const node = root.gradFn;
    if (node) this.#toNode(node, root.outputNr, g);
    else this.#toLeaf(root, g);
  }

  #toNode(node: GradNode, output: number, g: Tensor): void {
    const gs = this.#nodes.get(node);
    if (!gs) {
      // One place per result, also where nothing comes: a formula walks over them.
      const own = new Array<Tensor | undefined>(node.outputs).fill(undefined);
      own[output] = g;
      this.#nodes.set(node, own);
    } else gs[output] = gs[output]?.add(g) ?? g;
  }

  #toLeaf(leaf: Tensor, g: Tensor): void {
    const before = this.#leaves.get(leaf);
    this.#leaves.set(leaf, before ? before.add(g) : g);
  }

  run(retain: boolean): void {
    const order = laterFirst([...this.#nodes.keys()]);
    const useful = this.wanted && leadingTo(order, this.#wantedResults, this.#wantedLeaves);
    for (const node of order) {
      for (const edge of node.edges) {
        if (edge && "leaf" in edge) this.#open.set(edge.leaf, (this.#open.get(edge.leaf) ?? 0) + 1);
      }
    }
    for (const leaf of [...this.#leaves.keys()]) if (!this.#open.get(leaf)) this.#arrived(leaf);
    for (const node of order) this.#visit(node, retain, useful);
  }

  #visit(node: GradNode, retain: boolean, useful: ReadonlySet<GradNode> | undefined): void {
    const arrived = this.#nodes.get(node);
    this.#nodes.delete(node);
    let inputs: Gradients = [];
    if (arrived) {
      const gs = node.hooked(arrived);
      for (const x of this.#wantedResults.get(node) ?? []) {
        const g = gs[x.outputNr];
        if (g) this.reach(x, g);
      }
      if (!useful || useful.has(node)) {
        inputs = node.backward(gs);
        if (!retain) node.free();
      }
    }
    node.edges.forEach((edge, i) => {
      if (!edge) return;
      const g = inputs[i];
      if ("node" in edge) {
        if (g) this.#toNode(edge.node, edge.output, g);
        return;
      }
      const { leaf } = edge;
      if (g) this.#toLeaf(leaf, g);
      const open = (this.#open.get(leaf) ?? 1) - 1;
      this.#open.set(leaf, open);
      if (open === 0) this.#arrived(leaf);
    });
  }

  #arrived(leaf: Tensor): void {
    const g = this.#leaves.get(leaf);
    this.#leaves.delete(leaf);
    if (!g || (this.wanted && !this.#wantedLeaves.has(leaf))) return;
    this.reach(leaf, leaf.hooked(g));
  }
}

/** Every node below `starts`, those recorded later first: so all gradients of a node have arrived when its turn comes. */
function laterFirst(starts: readonly GradNode[]): readonly GradNode[] {
  const seen = new Set<GradNode>(starts);
  for (const node of seen) {
    for (const edge of node.edges) if (edge && "node" in edge) seen.add(edge.node);
  }
  return [...seen].sort((a, b) => b.sequence - a.sequence);
}

/** The nodes whose own work the wanted gradients need. */
function leadingTo(
  order: readonly GradNode[],
  results: ReadonlyMap<GradNode, unknown>,
  leaves: ReadonlySet<Tensor>,
): ReadonlySet<GradNode> {
  const useful = new Set<GradNode>();
  for (let i = order.length - 1; i >= 0; i--) {
    const leads = order[i].edges.some(
      (edge) => edge && ("leaf" in edge ? leaves.has(edge.leaf) : useful.has(edge.node) || results.has(edge.node)),
    );
    if (leads) useful.add(order[i]);
  }
  return useful;
}

function accumulate(leaf: Tensor, g: Tensor, keepGraph: boolean): void {
  // Two leaves may get the very same tensor (the gradients of a + b): each has its own, or in-place changes would meet.
  if (leaf.grad === undefined) leaf.grad = keepGraph ? g : g.snapshot();
  else if (keepGraph) leaf.grad = leaf.grad.add(g);
  else noGrad(() => leaf.grad?.add_(g)); // PyTorch adds in place: whoever holds the grad sees it grow
}
