// What a panel shows when it has nothing to show yet: empty, loading, error. Each says in words what is going on.
import { el, icon, setText } from "./dom.js";
import { button } from "./toolkit.js";

export interface StateAction {
  readonly label: string;
  readonly icon?: string;
  readonly press: () => void;
}

export interface Notice {
  readonly icon: string;
  readonly title: string;
  readonly text: string;
  /** The first is the one most people want. */
  readonly actions: readonly StateAction[];
}

/** A quiet page in the middle: what will be here, and the button that makes it so. */
export function emptyState(notice: Notice): HTMLElement {
  return noticePage("empty", notice, "status");
}

/** What went wrong, why, and a way on. */
export function errorState(notice: Notice): HTMLElement {
  return noticePage("error", notice, "alert");
}

/** Grey shapes at once, words beside them; after a second it says that it is still at it. */
export function loadingState(words: string): HTMLElement {
  const text = el("p", { class: "muted" }, words);
  const page = el(
    "div",
    { class: "loading", role: "status", "aria-busy": "true" },
    text,
    ...["wide", "tall", "half"].map((shape) => el("div", { class: `bone ${shape}`, "aria-hidden": "true" })),
  );
  setTimeout(() => page.isConnected && setText(text, `${words} Still working.`), 1000);
  return page;
}

function noticePage(kind: string, notice: Notice, role: string): HTMLElement {
  const actions = notice.actions.map(
    (action, at) =>
      button({
        label: action.label,
        ...(action.icon ? { icon: action.icon } : {}),
        kind: at === 0 ? "primary" : "secondary",
        press: action.press,
      }).element,
  );
  return el(
    "div",
    { class: `notice ${kind}`, role },
    icon(notice.icon),
    el("h2", {}, notice.title),
    el("p", {}, notice.text),
    actions.length > 0 ? el("div", { class: "actions" }, ...actions) : undefined,
  );
}
