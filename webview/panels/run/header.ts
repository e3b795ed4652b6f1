// The Run panel's first row: which run, how it is doing, where it runs, and what can be done with it.
import type { RunSummary } from "../../../engine/protocol.js";
import { isAlive } from "../../../engine/runs/runState.js";
import { el, icon, setShown, setText } from "../../lib/dom.js";
import { formatClock } from "../../lib/format.js";
import { button, dropdown } from "../../lib/toolkit.js";
import { shownRun, stateWord, type PanelState } from "./model.js";

export interface HeaderActions {
  readonly choose: (run: string) => void;
  readonly stop: (run: RunSummary) => void;
  readonly again: (run: RunSummary) => void;
  readonly reveal: (run: RunSummary) => void;
}

export interface Part {
  readonly element: HTMLElement;
  readonly show: (state: PanelState) => void;
}

export function createHeader(actions: HeaderActions): Part {
  let run: RunSummary | undefined;
  const act = (how: (run: RunSummary) => void) => (): void => void (run && how(run));
  const chooser = dropdown({ label: "Run", choose: actions.choose });
  const mark = el("span", { class: "mark", "aria-hidden": "true" });
  const word = el("span");
  const badge = el("span", { class: "badge", role: "status" }, mark, word);
  const device = el("span", { class: "fact" });
  const debugging = el("span", { class: "fact" }, icon("debug-alt"), "debugging");
  const synchronous = el("span", { class: "fact", title: "Errors surface at the line that launched the operation." });
  const stop = button({ label: "Stop", icon: "debug-stop", kind: "secondary", press: act(actions.stop) });
  const again = button({ label: "Run again", icon: "debug-restart", kind: "secondary", press: act(actions.again) });
  const reveal = button({
    label: "Open the run's folder",
    icon: "folder-opened",
    kind: "icon",
    press: act(actions.reveal),
  });
  const element = el(
    "header",
    { class: "header" },
    el("div", { class: "who" }, chooser.element, badge),
    el("div", { class: "facts" }, device, synchronous, debugging),
    el("div", { class: "actions" }, stop.element, again.element, reveal.element),
  );
  return {
    element,
    show: (state) => {
      run = shownRun(state);
      const wanted = state.opening.kind === "opening" ? state.opening.run : run?.id;
      chooser.set(
        state.runs.map(({ id, title, startedAt }) => ({ value: id, text: `${title} · ${formatClock(startedAt)}` })),
        wanted,
      );
      setShown(badge, run !== undefined);
      setShown(stop.element, run !== undefined && isAlive(run));
      setShown(again.element, run !== undefined && !isAlive(run));
      setShown(reveal.element, run !== undefined);
      setShown(debugging, run?.debugging === true);
      if (!run) {
        setText(device, "");
        setText(synchronous, "");
        return;
      }
      const { word: text, kind, icon: shape } = stateWord(run.state);
      setText(word, text);
      // The same word as in the editor's lists.
      badge.title = run.state;
      badge.dataset.kind = kind;
      mark.className = `mark codicon codicon-${shape}`;
      stop.setEnabled(run.state !== "stopping");
      stop.setLabel(run.state === "stopping" ? "Stopping" : "Stop");
      setText(device, run.device);
      // Neither is known before the process has said so.
      setText(synchronous, run.device === "" ? "" : `sync errors: ${run.synchronousErrors ? "on" : "off"}`);
    },
  };
}
