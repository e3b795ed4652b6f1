// Builds and patches elements by hand: pages are small, and a framework would cost more than it saves. Knows no panel.

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string | undefined;

/** Undoes what its maker did: removes a listener, stops an observer. */
export type Undo = () => void;

export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes?: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag];
export function el(tag: string, attributes?: Attributes, ...children: readonly Child[]): HTMLElement;
export function el(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

/** `true` sets the bare attribute; `false` and `undefined` remove it. Unchanged values touch nothing. */
export function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) node.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (node.getAttribute(name) !== text) node.setAttribute(name, text);
    }
  }
}

export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setShown(node: HTMLElement | SVGElement, shown: boolean): void {
  node.toggleAttribute("hidden", !shown);
}

export function listen<Name extends keyof HTMLElementEventMap>(
  node: EventTarget,
  name: Name,
  listener: (event: HTMLElementEventMap[Name]) => void,
  options?: AddEventListenerOptions,
): Undo {
  const heard = listener as EventListener;
  node.addEventListener(name, heard, options);
  return () => node.removeEventListener(name, heard, options);
}

/** Calls `resized` with the content size in CSS pixels, once at first and after each change. */
export function onResize(node: Element, resized: (width: number, height: number) => void): Undo {
  const observer = new ResizeObserver((entries) => {
    const box = entries[entries.length - 1].contentRect;
    resized(box.width, box.height);
  });
  observer.observe(node);
  return () => observer.disconnect();
}

/** A codicon; decorative, so hidden from screen readers: the control around it carries the name. */
export const icon = (name: string): HTMLElement =>
  el("span", { class: `codicon codicon-${name}`, "aria-hidden": "true" });

/**
 * Keeps the children of `parent` equal to `items`: an element per key, made once, updated each time, in order. Focus and
 * hover inside an element that stays are not lost.
 */
export function keyed<Item>(
  parent: Element,
  key: (item: Item) => string,
  make: (item: Item) => Element,
  update: (node: Element, item: Item) => void,
): (items: readonly Item[]) => void {
  const nodes = new Map<string, Element>();
  return (items) => {
    const wanted = new Set(items.map(key));
    for (const [name, node] of nodes) {
      if (wanted.has(name)) continue;
      node.remove();
      nodes.delete(name);
    }
    let at = parent.firstElementChild;
    for (const item of items) {
      const name = key(item);
      let node = nodes.get(name);
      if (!node) nodes.set(name, (node = make(item)));
      if (node === at) at = at.nextElementSibling;
      else parent.insertBefore(node, at);
      update(node, item);
    }
  };
}

function append(node: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== undefined) node.append(child);
}
