// Tensor: a view over a Storage. Holds what PyTorch's does (shape, dtype, device, grad, gradFn) and reads values out;
// every operation is declared under ops/ and becomes a method by type here and by a loop in index.ts at run time.
import { withId } from "./backend/native.js";
import { asStrided } from "./backend/layout.js";
import type { Device } from "./device.js";
import { type DType, type TypedArray, bytesOf, dtypes, isFloating, isHalf, shortName, typedView } from "./dtype.js";
import {
  ArgumentError,
  AutogradError,
  DTypeError,
  GradtapeError,
  ShapeError,
  expectOptions,
  shapeText,
} from "./errors.js";
import { Hooks, type RemovableHandle } from "./hooks.js";
import { formatTensor, printSettings } from "./inspect/print.js";
import type { TensorMethods } from "./ops/methods.js";
import type { TensorRef } from "./protocol.js";
import { type Shape, sameShape, sizeOf } from "./shape.js";
import { enableGrad, noGrad } from "./state.js";
import { Storage } from "./storage.js";
import { type ViewMaking, putAll, takeAll } from "./viewMaking.js";
import { type BackwardInto, backward } from "./backward.js";
import { type GradNode, type TensorHook, throughHooks } from "./tape.js";

/** What a view is of, and by which steps: in memory, and in its history. */
export interface View {
  /** The tensor that owns the memory. */
  readonly root: Tensor;
  readonly makings: readonly ViewMaking[];
  /** The tensor whose history this one continues; undefined after `detach`, where a history of its own begins. */
  readonly base: Tensor | undefined;
  /** The steps from `base`: the last ones of `makings`. */
  readonly path: readonly ViewMaking[];
  /** False when a step was made in noGrad: the history cannot be followed then. */
  readonly recorded: boolean;
  /** The memory's version that the history is of. */
  historyOf: number;
  /** The memory's version when `contents` was taken. */
  contentsOf: number;
  contents: Storage;
}

/** A table of this module: while it forbids side effects, the debugger refuses to read what another module exports. */
const dtypeLabels = Object.fromEntries(dtypes.map((dtype) => [dtype, shortName(dtype)])) as Record<DType, string>;

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the methods are installed by index.ts from ops/
export interface Tensor extends TensorMethods {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Tensor {
  #grad: Tensor | undefined = undefined;
  /** Statistics for the debugger, cached while it is stopped: plain text, so that showing it runs no native code. */
  #summary: { readonly version: number; readonly text: string } | undefined = undefined;
  #requiresGrad = false;
  #gradFn: GradNode | undefined = undefined;
  #outputNr = 0;
  #hooks: Hooks<TensorHook> | undefined = undefined;
  #retains = false;
  #view: View | undefined = undefined;
  readonly #storage: Storage;

  /** Not for users: see `tensor`, `zeros`, `fromTypedArray`. */
  constructor(
    storage: Storage,
    readonly shape: Shape,
    readonly dtype: DType,
    readonly device: Device,
  ) {
    this.#storage = storage;
    tracker?.(this);
  }

  /** A tensor that aliases `from`: what is written to either is seen in both. */
  static view(from: Tensor, making: ViewMaking, contents: Storage, recorded: boolean): Tensor {
    const view = from.#view;
    const root = view ? view.root : from;
    const out = new Tensor(root.#storage, making.to, from.dtype, from.device);
    const { version } = root.#storage;
    out.#view = {
      root,
      makings: view ? [...view.makings, making] : [making],
      base: view?.base ?? from,
      path: view?.base ? [...view.path, making] : [making],
      recorded: recorded && (view?.base === undefined || view.recorded),
      historyOf: version,
      contentsOf: version,
      contents,
    };
    return out;
  }

  /** The same contents without history (torch.Tensor.detach); shares memory. */
  detach(): Tensor {
    const out = new Tensor(this.#storage, this.shape, this.dtype, this.device);
    out.#view = this.#view && { ...this.#view, base: undefined, path: [] };
    return out;
  }

  /** The present contents as a tensor of its own, without history and without copying bytes: later in-place changes of either are not seen in the other. */
  snapshot(): Tensor {
    const { storage } = this;
    const own = new Storage(storage.layout);
    if (storage.id !== 0) own.id = withId(storage, (id, addon) => addon.snapshot(id, own));
    return new Tensor(own, this.shape, this.dtype, this.device);
  }

  // ---- what it is

  /** Gradient of a leaf after `backward` (torch.Tensor.grad). */
  get grad(): Tensor | undefined {
    return this.#grad;
  }

  set grad(value: Tensor | undefined) {
    if (value && (value.dtype !== this.dtype || value.device !== this.device || !sameShape(value.shape, this.shape))) {
      const text = (x: Tensor) => `${x.dtype} ${shapeText(x.shape)} on ${x.device.name}`;
      throw new ShapeError(`grad: expected ${text(this)}, got ${text(value)}`);
    }
    this.#grad = value;
  }

  /**
   * The tape's node that made this tensor; undefined for a leaf (torch.Tensor.grad_fn).
   * @throws AutogradError for a view that was made in noGrad, once its memory has changed.
   */
  get gradFn(): GradNode | undefined {
    if (!this.#followBase()) {
      throw new AutogradError(
        "view: it was made in noGrad and its memory has changed in place since, so it has no history to be recorded with; " +
          "make the view outside of noGrad, or use it in noGrad too",
      );
    }
    return this.#gradFn;
  }

  /**
   * After a change in place a view has another history: that of the same steps from what its base is now. False for a
   * view that has none to follow, since it was made in noGrad.
   */
  #followBase(): boolean {
    const view = this.#view;
    if (view?.base === undefined || view.historyOf === this.#storage.version) return true;
    const { base, path } = view;
    if (this.#gradFn === undefined && !base.#requiresGrad) return true;
    if (!view.recorded) return false;
    const twin = enableGrad(() => path.reduce((x, making) => making.kind.again(x, making), base));
    this.#gradFn = twin.#gradFn;
    this.#outputNr = twin.#outputNr;
    view.historyOf = this.#storage.version;
    return true;
  }

  /** Whether operations on this tensor are recorded (torch.Tensor.requires_grad). A view does when its base does. */
  get requiresGrad(): boolean {
    const base = this.#view?.base;
    return this.#requiresGrad || (base !== undefined && base.#requiresGrad);
  }

  set requiresGrad(value: boolean) {
    if (value && !isFloating(this.dtype)) {
      throw new DTypeError(`requiresGrad: expected a floating dtype, got ${this.dtype}`);
    }
    if (this.gradFn && !value) {
      throw new AutogradError("requiresGrad: expected a leaf, got a result of an operation; use x.detach()");
    }
    this.#requiresGrad = value;
  }

  /** Sets `requiresGrad` in place (torch.Tensor.requires_grad_). */
  requiresGrad_(value = true): this {
    this.requiresGrad = value;
    return this;
  }

  /** Marks the result of a recorded operation. For the tape. */
  attach(node: GradNode, output = 0): void {
    this.#gradFn = node;
    this.#outputNr = output;
    this.#requiresGrad = true;
    if (this.#view) this.#view.historyOf = this.#storage.version;
  }

  /** Which result of `gradFn` this tensor is (torch.Tensor.output_nr). */
  get outputNr(): number {
    return this.#outputNr;
  }

  /**
   * Calls `hook` with this tensor's gradient in every backward; what it returns, if anything, goes on in its place
   * (torch.Tensor.register_hook).
   * @throws AutogradError for a tensor that does not require grad.
   */
  registerHook(hook: TensorHook): RemovableHandle {
    if (!this.requiresGrad) {
      throw new AutogradError("registerHook: expected a tensor that requires grad, got one that does not");
    }
    const node = this.gradFn;
    return node ? node.addHook(this.#outputNr, hook) : (this.#hooks ??= new Hooks()).add(hook);
  }

  /** The gradient of a leaf after its hooks. For the tape. */
  hooked(g: Tensor): Tensor {
    return throughHooks(g, this.#hooks);
  }

  /** Keeps `grad` in this result of an operation too, as leaves do (torch.Tensor.retain_grad). */
  retainGrad(): void {
    const node = this.gradFn;
    if (this.#retains || !node) {
      if (!this.requiresGrad) throw new AutogradError("retainGrad: expected a tensor that requires grad");
      return;
    }
    this.#retains = true;
    node.addHook(this.#outputNr, (g) => {
      this.grad = this.#grad ? this.#grad.add(g) : g;
    });
  }

  get isLeaf(): boolean {
    this.#followBase();
    return this.#gradFn === undefined;
  }

  /** Number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  numel(): number {
    return sizeOf(this.shape);
  }

  /** The shape, or one of its sizes (torch.Tensor.size). */
  size(): Shape;
  size(dim: number): number;
  size(dim?: number): Shape | number {
    if (dim === undefined) return this.shape;
    const size = this.shape.at(dim);
    if (size === undefined) throw new ArgumentError(`size: expected a dim of ${shapeText(this.shape)}, got ${dim}`);
    return size;
  }

  /** Bytes of the elements. */
  get nbytes(): number {
    return this.numel() * bytesOf(this.dtype);
  }

  /** How often the memory behind this tensor was changed in place. */
  get version(): number {
    return this.#storage.version;
  }

  /** Whether another tensor sees the same memory. */
  get isView(): boolean {
    return this.#view !== undefined;
  }

  /** What this is a view of; undefined for a tensor of its own. For the engine. */
  get viewOn(): View | undefined {
    return this.#view;
  }

  // ---- contents, for the engine

  /** The current contents, in whatever layout they lie. */
  get storage(): Storage {
    const view = this.#view;
    if (view === undefined) return this.#storage;
    const { version } = this.#storage;
    if (view.contentsOf !== version) {
      view.contents =
        this.device.type === "meta"
          ? this.#storage
          : takeAll(view.root.strided(), view.makings, this.dtype, this.device);
      view.contentsOf = version;
    }
    return view.contents;
  }

  /** The current contents in logical order. */
  strided(): Storage {
    return asStrided(this.storage, this.shape, this.dtype, this.device);
  }

  /**
   * Takes over the contents of a tensor of the same shape and dtype (in-place operations); every view of the same memory
   * sees it.
   */
  overwrite(by: Tensor): void {
    if (by.dtype !== this.dtype || !sameShape(by.shape, this.shape)) {
      const text = (x: Tensor) => `${x.dtype} ${shapeText(x.shape)}`;
      throw new ShapeError(`overwrite: expected ${text(this)} in place, got ${text(by)}`);
    }
    this.#write(by.storage);
  }

  #write(contents: Storage): void {
    const view = this.#view;
    if (view === undefined) {
      this.#storage.layout = contents.layout;
      this.#storage.version++;
      if (contents.id !== 0) withId(contents, (id, addon) => addon.assign(this.#storage.id, id));
      return;
    }
    const { root, makings } = view;
    if (this.device.type === "meta") root.#write(contents);
    else {
      const part = asStrided(contents, this.shape, this.dtype, this.device);
      root.#write(putAll(root.strided(), part, makings, this.dtype, this.device));
    }
  }

  // ---- reading values

  #readable(what: string): void {
    if (this.device.type === "meta") {
      throw new GradtapeError(`${what}: a tensor on the meta device has a shape and a dtype, but no values`);
    }
  }

  /**
   * The value of a one-element tensor as a number (torch.Tensor.item); a bool gives 0 or 1.
   * @throws ArgumentError for more than one element, and for an int64 beyond 2^53 (read it by `toTypedArray`).
   */
  item(): number {
    if (this.numel() !== 1) {
      throw new ArgumentError(`item: expected one element, got ${shapeText(this.shape)}`);
    }
    this.#readable("item");
    const value = withId(this.storage, (id, addon) => addon.item(id, 0));
    if (typeof value === "bigint") {
      throw new ArgumentError(`item: ${value} is beyond 2^53, where a number is no longer exact; use toTypedArray()`);
    }
    return value;
  }

  /** The bytes in logical order, copied. Half precisions are their 16 raw bits. */
  toBytes(): Uint8Array {
    this.#readable("toBytes");
    return new Uint8Array(withId(this.strided(), (id, addon) => addon.read(id)));
  }

  /** The elements in logical order as a typed array, copied. */
  toTypedArray(): TypedArray {
    this.#readable("toTypedArray");
    return typedView(
      this.dtype,
      withId(this.strided(), (id, addon) => addon.read(id)),
    );
  }

  /** Nested arrays of numbers; booleans for bool, bigints for int64 beyond 2^53 (torch.Tensor.tolist). */
  toArray(): NestedArray {
    this.#readable("toArray");
    const storage = this.strided();
    const data = this.toTypedArray();
    const half = isHalf(this.dtype);
    const read = (i: number): number | bigint | boolean => {
      if (half) return withId(storage, (id, addon) => addon.item(id, i));
      const value = data[i];
      if (this.dtype === "bool") return value !== 0;
      return typeof value === "bigint" && value >= -maxExact && value <= maxExact ? Number(value) : value;
    };
    const build = (dim: number, offset: number, stride: number): NestedArray => {
      if (dim === this.shape.length) return read(offset);
      const inner = this.shape[dim] === 0 ? 0 : stride / this.shape[dim];
      return Array.from({ length: this.shape[dim] }, (_, i) => build(dim + 1, offset + i * inner, inner));
    };
    return build(0, 0, this.numel());
  }

  // ---- autograd

  /**
   * Accumulates d(this)/d(leaf) into every leaf's `grad` (torch.Tensor.backward). The options may stand alone.
   * @param gradient d(loss)/d(this); needed unless this has one element.
   * @throws ArgumentError for a gradient that is no tensor.
   */
  backward(gradient?: Tensor, options?: BackwardInto): void;
  backward(options: BackwardInto): void;
  backward(first?: Tensor | BackwardInto, options?: BackwardInto): void {
    const [gradient, how] = gradientAndOptions(first, options);
    backward([this], [gradient], how);
  }

  /** The contents as data, detached: assigning in place through it is not recorded (torch.Tensor.data). */
  get data(): Tensor {
    return this.detach();
  }

  // ---- showing

  toString(): string {
    if (this.device.type === "meta")
      return `tensor(..., device='meta', shape=${shapeText(this.shape)}, dtype=${this.dtype})`;
    const storage = noGrad(() => this.strided());
    const data = withId(storage, (id, addon) => addon.view(id));
    return formatTensor(
      { data, dtype: this.dtype, shape: this.shape, layout: "strided" },
      {
        ...printSettings(),
        device: this.device.name,
        requiresGrad: this.requiresGrad && this.isLeaf,
        gradFn: this.#gradFn?.name,
      },
    );
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** The parts along the first dim, as views: `for (const row of x)`. */
  *[Symbol.iterator](): Generator<Tensor> {
    if (this.ndim === 0) throw new ArgumentError("iterating: expected a tensor with at least one dim, got a 0-d one");
    for (let i = 0; i < this.shape[0]; i++) yield this.select(0, i);
  }

  /** `x > 10` reads a one-element tensor; `a + b` is refused, since JavaScript cannot overload it. */
  [Symbol.toPrimitive](hint: "string" | "number" | "default"): string | number {
    if (hint === "string") return this.toString();
    if (hint === "default" || this.numel() !== 1) {
      throw new ArgumentError(
        "tensor: operators do not work on tensors in JavaScript; use a.add(b), a.mul(b), a.eq(b) …",
      );
    }
    return this.item();
  }

  /** What the debugger shows: only fields that are already there, never native code (js-debug refuses side effects). */
  [Symbol.for("debug.description")](): string {
    const facts = `[${this.shape.join(", ")}] ${dtypeLabels[this.dtype]} ${this.device.name}`;
    const grad = this.requiresGrad ? (this.#gradFn ? ` grad (${this.#gradFn.name})` : " grad") : "";
    const summary = this.#summary;
    return facts + grad + (summary && summary.version === this.#storage.version ? ` ${summary.text}` : "");
  }

  /** Lets the debugger's description carry a summary of the present values. */
  describe(text: string): void {
    this.#summary = { version: this.#storage.version, text };
  }

  /** What another thread needs to read the present contents. */
  toRef(): TensorRef {
    const { storage, grad } = this;
    return {
      id: storage.id,
      dtype: this.dtype,
      shape: this.shape,
      layout: storage.layout,
      device: this.device.name,
      requiresGrad: this.requiresGrad,
      ...(!this.isLeaf && { gradFn: this.#gradFn?.name }),
      ...(grad && { grad: { id: grad.storage.id, layout: grad.storage.layout } }),
    };
  }
}

/** What `backward` was called with: a gradient, options, or both. */
function gradientAndOptions(
  first: Tensor | BackwardInto | undefined,
  options: BackwardInto | undefined,
): readonly [Tensor | undefined, BackwardInto | undefined] {
  const example = "{ retainGraph: true }";
  if (first === undefined || first instanceof Tensor) return [first, expectOptions("backward", options, example)];
  const alone = expectOptions("backward", first, `${example}, or a Tensor as the gradient`);
  if (options === undefined) return [undefined, alone];
  throw new ArgumentError("backward: expected a Tensor as the gradient before the options, got options twice");
}

export type NestedArray = number | bigint | boolean | NestedArray[];

const maxExact = BigInt(Number.MAX_SAFE_INTEGER);

let tracker: ((tensor: Tensor) => void) | undefined;

/** Hears of every tensor that is made: the debugger's list of live tensors. Off unless a debugger asked for it. */
export function trackTensors(listener: ((tensor: Tensor) => void) | undefined): void {
  tracker = listener;
}
