// What the run was given and what it left: options, checkpoints, versions; and which other runs to draw behind it.
import type { CheckpointInfo, RunSummary } from "../../../engine/protocol.js";
import { el, keyed, setShown, setText } from "../../lib/dom.js";
import { baseName, formatBytes, formatClock, formatCount } from "../../lib/format.js";
import { checkbox, type CheckboxControl } from "../../lib/toolkit.js";
import type { Part } from "./header.js";
import { comparable, shownRun, stateWord } from "./model.js";
import { optionPairs } from "./words.js";

/** Runs offered for overlaying. */
const mostOffered = 12;

export function createOptions(): Part {
  const list = el("dl", { class: "pairs" });
  const element = el("section", { class: "card" }, el("h3", {}, "Options"), list);
  let shown = "";
  return {
    element,
    show: (state) => {
      const run = shownRun(state);
      const pairs = run ? optionPairs(run) : [];
      setShown(element, pairs.length > 0);
      const key = JSON.stringify(pairs);
      if (key === shown) return;
      shown = key;
      list.replaceChildren(
        ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { class: "number", title: value }, value)]),
      );
    },
  };
}

export function createCheckpoints(actions: { readonly reveal: (path: string) => void }): Part {
  const list = el("ul", { class: "plain" });
  const element = el("section", { class: "card" }, el("h3", {}, "Checkpoints"), list);
  const update = keyed<CheckpointInfo>(
    list,
    ({ file }) => file,
    ({ file }) => {
      const link = el(
        "button",
        { type: "button", class: "link number", title: `${file}\nShow in its folder` },
        baseName(file),
      );
      link.addEventListener("click", () => actions.reveal(file));
      return el("li", {}, link, el("span", { class: "muted number" }));
    },
    (node, { step, bytes }) => setText(node.children[1], `step ${formatCount(step)} · ${formatBytes(bytes)}`),
  );
  return {
    element,
    show: (state) => {
      const checkpoints = shownRun(state)?.checkpoints ?? [];
      setShown(element, checkpoints.length > 0);
      update([...checkpoints].sort((a, b) => b.step - a.step));
    },
  };
}

export function createOverlay(actions: { readonly toggle: (run: string, on: boolean) => void }): Part {
  const list = el("div", { class: "overlay" });
  const element = el("section", { class: "card" }, el("h3", {}, "Compare with"), list);
  const boxes = new Map<string, CheckboxControl>();
  let overlaid: readonly string[] = [];
  const update = keyed<RunSummary>(
    list,
    ({ id }) => id,
    (run) => {
      const label = `${formatClock(run.startedAt)} ${stateWord(run.state).word}`;
      const box = checkbox({
        label,
        title: `${run.id}: draw its curves too`,
        toggle: (on) => actions.toggle(run.id, on),
      });
      boxes.set(run.id, box);
      return box.element;
    },
    (_, { id }) => boxes.get(id)?.set(overlaid.includes(id)),
  );
  return {
    element,
    show: (state) => {
      const shown = shownRun(state);
      overlaid = state.kept.overlaid;
      const others = state.runs.filter((run) => shown && comparable(run, shown)).slice(0, mostOffered);
      setShown(element, others.length > 0);
      update(others);
    },
  };
}
