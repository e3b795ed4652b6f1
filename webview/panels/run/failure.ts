// Why a run failed: what, where, and the last operation seen. Everything leads to a line.
import type { RunSummary, SourceLine } from "../../../engine/protocol.js";
import { el, icon, setShown } from "../../lib/dom.js";
import { baseName } from "../../lib/format.js";
import type { Part } from "./header.js";
import { shownRun } from "./model.js";
import { endWords, lastWords } from "./words.js";

export interface FailureActions {
  readonly open: (at: SourceLine, peek: boolean) => void;
}

export function createFailure(actions: FailureActions): Part {
  const element = el("section", { class: "failure", role: "alert" });
  let shown = "";
  return {
    element,
    show: (state) => {
      const run = shownRun(state);
      const failed = run?.state === "failed";
      setShown(element, failed);
      const key = failed ? JSON.stringify([run.id, run.error, run.last, run.signal, run.exitCode]) : "";
      if (key === shown) return;
      shown = key;
      element.replaceChildren(...(failed ? contents(run, actions) : []));
    },
  };
}

function contents(run: RunSummary, actions: FailureActions): readonly HTMLElement[] {
  const { error, last } = run;
  const rows = [
    error?.at ? fact("at", lineLink(error.at, actions)) : undefined,
    last ? fact("last operation", el("span", {}, lastWords(last)), last.at && lineLink(last.at, actions)) : undefined,
    error && (run.signal !== undefined || run.exitCode !== undefined)
      ? fact("process", el("span", {}, run.signal ?? `exit code ${run.exitCode ?? "?"}`))
      : undefined,
  ];
  return [
    el("h3", {}, icon("error"), error ? error.name : "The process ended"),
    el("p", { class: "message" }, error ? error.message : endWords(run)),
    el("dl", {}, ...rows.flatMap((row) => row ?? [])),
    ...(error?.stack ? [el("details", {}, el("summary", {}, "Stack"), el("pre", {}, error.stack))] : []),
  ];
}

const fact = (name: string, ...values: readonly (HTMLElement | undefined)[]): readonly HTMLElement[] => [
  el("dt", {}, name),
  el("dd", {}, ...values),
];

/** "train.ts:12": a click opens it, Alt-click peeks. */
export function lineLink(at: SourceLine, actions: FailureActions): HTMLElement {
  const link = el(
    "button",
    { type: "button", class: "link number", title: `${at.file}:${at.line}\nAlt-click peeks` },
    `${baseName(at.file)}:${at.line}`,
  );
  link.addEventListener("click", (event) => actions.open(at, event.altKey));
  return link;
}
