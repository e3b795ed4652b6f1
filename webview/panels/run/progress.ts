// How far the run is: a bar, and in words epoch, position, speed and time left.
import { isAlive } from "../../../engine/runs/runState.js";
import { el, setAttributes, setShown, setText } from "../../lib/dom.js";
import type { Part } from "./header.js";
import { shownRun } from "./model.js";
import { progressWords, shareDone } from "./words.js";

export function createProgress(): Part {
  const fill = el("div", { class: "fill" });
  const bar = el("div", { class: "bar", role: "progressbar", "aria-label": "Progress of the run" }, fill);
  const words = el("div", { class: "words number" });
  const element = el("div", { class: "progress" }, bar, words);
  const update = (text: readonly string[]): void => {
    while (words.children.length > text.length) words.lastElementChild?.remove();
    text.forEach((one, at) => setText(words.children[at] ?? words.appendChild(el("span")), one));
  };
  return {
    element,
    show: (state) => {
      const run = shownRun(state);
      setShown(element, run !== undefined);
      if (!run) return;
      const { progress } = run;
      const share = progress && (run.state === "finished" ? 1 : shareDone(progress));
      fill.style.transform = `scaleX(${share ?? 0})`;
      bar.dataset.state = run.state;
      bar.toggleAttribute("data-unknown", share === undefined && isAlive(run));
      const text = progress
        ? progressWords(run, progress)
        : [isAlive(run) ? "waiting for the first step" : "no step was taken"];
      setAttributes(bar, {
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": share === undefined ? undefined : Math.round(share * 100),
        "aria-valuetext": text.join(", "),
      });
      update(text);
    },
  };
}
