// VS Code's own look for controls: the only module that knows @vscode/webview-ui-toolkit. Its styles are constructable
// sheets, so a strict style-src needs nothing for them. Panels get handles, never toolkit classes.
import "./nonce.js";
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
} from "@vscode/webview-ui-toolkit";
import { el, icon, setAttributes, type Child } from "./dom.js";

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodePanels(),
  vsCodePanelTab(),
  vsCodePanelView(),
);

export interface Control {
  readonly element: HTMLElement;
}

export interface ButtonOptions {
  /** Text of the button; for `icon` its name and tooltip. */
  readonly label: string;
  readonly icon?: string;
  readonly kind: "primary" | "secondary" | "icon";
  readonly press: () => void;
}

export interface ButtonControl extends Control {
  readonly setEnabled: (enabled: boolean) => void;
  readonly setLabel: (label: string) => void;
}

export function button(options: ButtonOptions): ButtonControl {
  // Bare text: the toolkit sizes any slotted span as an icon.
  const text = document.createTextNode(options.label);
  const children: Child[] = options.kind === "icon" ? [icon(options.icon ?? "circle")] : [text];
  if (options.icon && options.kind !== "icon") {
    const start = icon(options.icon);
    start.slot = "start";
    children.unshift(start);
  }
  const element = el("vscode-button", { appearance: options.kind, "aria-label": options.label }, ...children);
  if (options.kind === "icon") element.title = options.label;
  element.addEventListener("click", () => {
    if (!element.hasAttribute("disabled")) options.press();
  });
  return {
    element,
    setEnabled: (enabled) => setAttributes(element, { disabled: !enabled }),
    setLabel: (label) => {
      setAttributes(element, { "aria-label": label });
      if (options.kind === "icon") element.title = label;
      else text.textContent = label;
    },
  };
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

export interface DropdownControl extends Control {
  /** Does nothing when nothing changed; waits while the list is open. */
  readonly set: (choices: readonly Choice[], selected: string | undefined) => void;
}

interface DropdownElement extends HTMLElement {
  value: string;
  open: boolean;
}

export function dropdown(options: {
  readonly label: string;
  readonly choose: (value: string) => void;
}): DropdownControl {
  const element = el("vscode-dropdown", { "aria-label": options.label }) as DropdownElement;
  let shown = "";
  let selected: string | undefined;
  let pending: readonly Choice[] | undefined;
  const select = (): void => {
    if (selected !== undefined && element.value !== selected) element.value = selected;
  };
  const fill = (choices: readonly Choice[]): void => {
    pending = undefined;
    const text = JSON.stringify(choices);
    if (text !== shown) {
      shown = text;
      element.replaceChildren(
        ...choices.map(({ value, text: name }) =>
          el("vscode-option", { value, selected: value === selected, title: name }, name),
        ),
      );
    }
    // The element learns of its options after this turn; its own choice among them may be the old one.
    setTimeout(select);
  };
  element.addEventListener("change", () => {
    if (element.value !== selected && element.value !== "") {
      selected = element.value;
      options.choose(selected);
    }
    if (pending) fill(pending);
  });
  element.addEventListener("focusout", () => pending && fill(pending));
  return {
    element,
    set: (choices, value) => {
      selected = value;
      if (element.open) pending = choices;
      else fill(choices);
    },
  };
}

export interface CheckboxControl extends Control {
  readonly set: (checked: boolean) => void;
}

export function checkbox(options: {
  readonly label: string;
  readonly title?: string;
  readonly toggle: (checked: boolean) => void;
}): CheckboxControl {
  const element = el("vscode-checkbox", { title: options.title }, options.label) as HTMLElement & { checked: boolean };
  let known = false;
  element.addEventListener("change", () => {
    if (element.checked === known) return;
    known = element.checked;
    options.toggle(known);
  });
  return {
    element,
    set: (checked) => {
      known = checked;
      if (element.checked !== checked) element.checked = checked;
    },
  };
}

export interface TabsControl<Id extends string> extends Control {
  readonly show: (id: Id) => void;
}

export function tabs<Id extends string>(options: {
  readonly label: string;
  readonly tabs: readonly { readonly id: Id; readonly title: string; readonly view: HTMLElement }[];
  readonly choose: (id: Id) => void;
}): TabsControl<Id> {
  const element = el(
    "vscode-panels",
    { "aria-label": options.label },
    ...options.tabs.map(({ id, title }) => el("vscode-panel-tab", { id: `tab-${id}` }, title)),
    ...options.tabs.map(({ id, view }) => el("vscode-panel-view", { id: `view-${id}` }, view)),
  ) as HTMLElement & { activeid: string };
  let active: Id | undefined;
  element.addEventListener("change", (event) => {
    if (event.target !== element) return;
    const chosen = options.tabs.find(({ id }) => element.activeid === `tab-${id}`);
    if (!chosen || chosen.id === active) return;
    active = chosen.id;
    options.choose(chosen.id);
  });
  return {
    element,
    show: (id) => {
      active = id;
      if (element.activeid !== `tab-${id}`) element.activeid = `tab-${id}`;
    },
  };
}
