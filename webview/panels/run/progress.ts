// How far the run is: a bar, and in words epoch, position, speed and time left.
import type { RunProgress, RunSummary } from "../../../engine/protocol.js";
import { el, setAttributes, setShown, setText } from "../../lib/dom.js";
import { formatCount, formatDuration, formatNumber } from "../../lib/format.js";
import type { Part } from "./header.js";
import { isLive, shownRun } from "./model.js";

/** Share of all epochs that is done, where the program says how many there are; else of this one; else unknown. */
export function shareDone(progress: RunProgress): number | undefined {
  const { epoch, epochs, position, length } = progress;
  const within = length > 0 ? Math.min(1, position / length) : undefined;
  if (progress.phase !== "train" || epochs <= 0 || epoch <= 0) return within;
  return Math.min(1, (epoch - 1 + (within ?? 0)) / epochs);
}

export function progressWords(
  run: Pick<RunSummary, "state" | "startedAt" | "endedAt">,
  progress: RunProgress,
): readonly string[] {
  const { phase, epoch, epochs, position, length, step, stepsPerSecond, eta } = progress;
  const live = isLive(run.state);
  return [
    phase === "train" ? "" : phase,
    epoch > 0 ? `epoch ${epoch}${epochs > 0 ? `/${epochs}` : ""}` : "",
    length > 0 ? `${formatCount(position)}/${formatCount(length)}` : position > 0 ? formatCount(position) : "",
    live ? "" : `${formatCount(step)} steps`,
    live && stepsPerSecond > 0 ? `${formatNumber(stepsPerSecond, 3)} steps/s` : "",
    live && eta !== undefined ? `ETA ${formatDuration(eta)}` : "",
    run.endedAt === undefined ? "" : `took ${formatDuration((run.endedAt - run.startedAt) / 1000)}`,
  ].filter((word) => word !== "");
}

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
      bar.toggleAttribute("data-unknown", share === undefined && isLive(run.state));
      const text = progress
        ? progressWords(run, progress)
        : [isLive(run.state) ? "waiting for the first step" : "no step was taken"];
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
