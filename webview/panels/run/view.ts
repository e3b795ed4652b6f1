// Draws the Run panel from its state. Knows no messages: what the user does goes to `Actions`.
import { el, setShown, setText } from "../../lib/dom.js";
import { formatClock } from "../../lib/format.js";
import { emptyState, errorState, loadingState } from "../../lib/states.js";
import { onThemeChange } from "../../lib/theme.js";
import { createCharts, type ChartActions } from "./charts.js";
import { createCheckpoints, createOptions, createOverlay } from "./details.js";
import { createFailure, type FailureActions } from "./failure.js";
import { createHeader, type HeaderActions } from "./header.js";
import { shownRun, runOf, type Opening, type PanelState } from "./model.js";
import { createHeadlines, createMetricsTable } from "./numbers.js";
import { createProgress } from "./progress.js";

export interface Actions extends HeaderActions, ChartActions, FailureActions {
  readonly toggleOverlay: (run: string, on: boolean) => void;
  readonly revealPath: (path: string) => void;
  readonly retry: () => void;
  readonly train: () => void;
  readonly openExample: () => void;
}

export function createView(root: HTMLElement, actions: Actions): (state: PanelState) => void {
  const charts = createCharts(actions);
  const header = createHeader(actions);
  const progress = createProgress();
  const failure = createFailure(actions);
  const side = [
    createHeadlines(),
    createMetricsTable(),
    createOptions(),
    createCheckpoints({ reveal: actions.revealPath }),
    createOverlay({ toggle: actions.toggleOverlay }),
  ];
  const parts = [header, progress, failure, charts, ...side];
  const body = el(
    "main",
    { class: "body" },
    el("div", { class: "mainColumn" }, charts.element),
    el("aside", { class: "sideColumn" }, ...side.map(({ element }) => element)),
  );
  const other = el("div", { class: "other" });
  const facts = el("span", { class: "facts" });
  const notice = el("span", { class: "noticeText", role: "alert" });
  const status = el("footer", { class: "status" }, notice, facts);
  root.replaceChildren(
    el("div", { class: "panel runPanel" }, header.element, progress.element, failure.element, body, other, status),
  );
  onThemeChange((theme) => charts.setTheme(theme));

  let shownKind = "";
  return (state) => {
    for (const part of parts) part.show(state);
    const { opening } = state;
    const open = opening.kind === "open";
    setShown(body, open);
    setShown(other, !open);
    setShown(header.element, opening.kind !== "empty" && opening.kind !== "listing");
    const key = JSON.stringify(opening);
    if (key !== shownKind) {
      shownKind = key;
      const page = pageOf(state, opening, actions);
      other.replaceChildren(...(page ? [page] : []));
    }
    setText(facts, statusLine(state));
    setText(notice, state.notice ?? "");
  };
}

function pageOf(state: PanelState, opening: Opening, actions: Actions): HTMLElement | undefined {
  switch (opening.kind) {
    case "open":
      return undefined;
    case "listing":
      return loadingState("Looking for runs.");
    case "opening":
      return loadingState(`Reading ${runOf(state, opening.run)?.title ?? "the run"}.`);
    case "empty":
      return emptyState({
        icon: "graph-line",
        title: "No run yet",
        text: "Train a program and its loss falls here, step by step, with speed, time left and every metric it logs.",
        actions: [
          { label: "Open the example", icon: "file-code", press: actions.openExample },
          { label: "Train this file", icon: "play", press: actions.train },
        ],
      });
    case "failed":
      return errorState({
        icon: "error",
        title: opening.run === undefined ? "The runs could not be listed" : "The run could not be opened",
        text: opening.message,
        actions: [{ label: "Try again", icon: "refresh", press: actions.retry }],
      });
    default:
      return opening satisfies never;
  }
}

function statusLine(state: PanelState): string {
  const run = shownRun(state);
  if (!run) return "";
  const ended = run.endedAt === undefined ? "" : ` · ended ${formatClock(run.endedAt)}`;
  return `${run.id} · started ${formatClock(run.startedAt)}${ended} · process ${run.pid}`;
}
