// Draws the state. Knows no messages: what the user does goes to `Actions`.
import type { RunSummary } from "../../../engine/protocol.js";
import { el, keyed, setShown, setText } from "../../lib/dom.js";
import { formatClock, formatCount } from "../../lib/format.js";
import { emptyState, errorState, loadingState } from "../../lib/states.js";
import type { SkeletonState } from "./model.js";

export interface Actions {
  readonly reveal: (path: string) => void;
  readonly openExample: () => void;
  readonly retry: () => void;
}

export function createView(root: HTMLElement, actions: Actions): (state: SkeletonState) => void {
  const list = el("ul", { class: "plain", "aria-label": "Runs" });
  const other = el("div", { class: "other" });
  const header = el("header", { class: "header" }, el("h2", { class: "title" }, "Runs"));
  const status = el("footer", { class: "status" });
  root.replaceChildren(el("div", { class: "panel skeletonPanel" }, header, list, other, status));
  const update = keyed<RunSummary>(
    list,
    ({ id }) => id,
    ({ folder, title }) => {
      const name = el("button", { type: "button", class: "link" }, title);
      name.addEventListener("click", () => actions.reveal(folder));
      return el("li", {}, name, el("span", { class: "muted number" }));
    },
    (node, { state, startedAt }) => setText(node.children[1], `${state} · ${formatClock(startedAt)}`),
  );

  let shownPage = "";
  return (state) => {
    const runs = state.kind === "open" ? state.runs : [];
    update(runs);
    setShown(list, runs.length > 0);
    setShown(other, runs.length === 0);
    setText(status, runs.length > 0 ? `${formatCount(runs.length)} ${runs.length === 1 ? "run" : "runs"}` : "");
    const key = runs.length > 0 ? "" : JSON.stringify(state);
    if (key === shownPage) return;
    shownPage = key;
    other.replaceChildren(...(key === "" ? [] : [pageOf(state, actions)]));
  };
}

function pageOf(state: SkeletonState, actions: Actions): HTMLElement {
  switch (state.kind) {
    case "loading":
      return loadingState("Looking for runs.");
    case "failed":
      return errorState({
        icon: "error",
        title: "The runs could not be listed",
        text: state.message,
        actions: [{ label: "Try again", icon: "refresh", press: actions.retry }],
      });
    case "open":
      return emptyState({
        icon: "list-unordered",
        title: "No run yet",
        text: "Each time a program is trained or tested, its run is listed here.",
        actions: [{ label: "Open the example", icon: "file-code", press: actions.openExample }],
      });
    default:
      return state satisfies never;
  }
}
