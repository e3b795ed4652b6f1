// Lists of hooks and what takes one out again: a tensor's, a tape node's, a module's. Knows nothing of what they are called
// with.

/** Takes a hook away again, also by `using` (torch.utils.hooks.RemovableHandle). Doing it twice is no error. */
export interface RemovableHandle extends Disposable {
  remove(): void;
}

export interface HookOptions {
  /** Call it before the hooks that are there already. Default false. */
  readonly prepend?: boolean;
}

/** Hooks in the order of their calls; the same function may be added twice. */
export class Hooks<H> {
  #entries: { readonly hook: H }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add(hook: H, { prepend = false }: HookOptions = {}): RemovableHandle {
    const entry = { hook };
    this.#entries = prepend ? [entry, ...this.#entries] : [...this.#entries, entry];
    const remove = (): void => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
    return { remove, [Symbol.dispose]: remove };
  }

  copy(): Hooks<H> {
    const copy = new Hooks<H>();
    copy.#entries = this.#entries.map(({ hook }) => ({ hook }));
    return copy;
  }

  /** Those that are there now: one that removes itself, or adds another, changes the next call. */
  *[Symbol.iterator](): Generator<H> {
    for (const { hook } of this.#entries) yield hook;
  }
}
