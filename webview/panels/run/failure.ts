// Why a run failed: what, where, and the last operation seen. Everything leads to a line.
import type { LastOperation, RunSummary, SourceLine } from "../../../engine/protocol.js";
import { el, icon, setShown } from "../../lib/dom.js";
import { baseName } from "../../lib/format.js";
import type { Part } from "./header.js";
import { shownRun } from "./model.js";

export interface FailureActions {
  readonly open: (at: SourceLine, peek: boolean) => void;
}

/** A person's words for how the process ended when it left no error of its own. */
export function endWords(run: Pick<RunSummary, "signal" | "exitCode">): string {
  if (run.signal === "SIGKILL") return "The process was killed (SIGKILL), as happens when memory runs out.";
  if (run.signal !== undefined) return `The process crashed with ${run.signal}.`;
  if (run.exitCode !== undefined) return `The process ended with exit code ${run.exitCode}.`;
  return "The process ended without a word.";
}

export function lastWords(last: LastOperation): string {
  const where = last.scope ? ` in ${last.scope}` : "";
  const phase = last.phase === "other" ? "" : ` (${last.phase})`;
  return `${last.op}${where}, step ${last.step}${phase}${last.done ? "" : ": it did not return"}`;
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
