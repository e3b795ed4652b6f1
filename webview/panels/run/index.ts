// The Run panel: does it learn? Mounts the view and joins it to the extension host.
import "./panel.css";
import { connectHost, messageOf } from "../../lib/bridge.js";
import { createFrame } from "../../lib/frame.js";
import { createStore } from "../../lib/store.js";
import type { MetricPoints } from "../../../engine/protocol.js";
import {
  appendPoints,
  emptyCurves,
  initialState,
  withKept,
  withoutRun,
  withRun,
  withRuns,
  type PanelState,
} from "./model.js";
import { createView } from "./view.js";

const host = connectHost();
const store = createStore<PanelState>(initialState(host.savedState));
const root = document.getElementById("root");
if (!root) throw new Error("run panel: expected an element with the id root");

const draw = createView(root, {
  choose: (run) => void open(run),
  stop: ({ id }) => void attempt(() => host.ask("run.stop", { run: id })),
  again: ({ id }) => void attempt(() => host.ask("run.again", { run: id })),
  reveal: ({ folder }) => void attempt(() => host.ask("folder.reveal", { path: folder })),
  revealPath: (path) => void attempt(() => host.ask("folder.reveal", { path })),
  open: (at, peek) => void attempt(() => host.ask("source.open", { at, peek })),
  train: () => void attempt(() => host.ask("command.run", { command: "gradtape.train" })),
  openExample: () => void attempt(() => host.ask("command.run", { command: "gradtape.openExample" })),
  retry: () => void start(),
  zoomTo: (domain) => store.update((state) => withKept(state, { domain })),
  moveCursor: (cursor) => store.update((state) => (state.cursor === cursor ? state : { ...state, cursor })),
  setLog: (log) => store.update((state) => withKept(state, { log })),
  setSmoothing: (smoothing) => store.update((state) => withKept(state, { smoothing })),
  toggleOverlay: (run, on) => void overlay(run, on),
});
const frame = createFrame(() => draw(store.get()));
let kept = store.get().kept;
store.subscribe((state) => {
  if (state.kept !== kept) host.saveState((kept = state.kept));
  frame.request();
});

/** Points of runs that are being opened: they follow what the answer holds. */
const early = new Map<string, MetricPoints[]>();
const underway = new Map<string, Promise<void>>();

host.hear("run.changed", ({ run }) => {
  store.update((state) => withRun(state, run));
  if (store.get().opening.kind === "empty") void open(run.id);
});
host.hear("run.removed", ({ run }) => {
  const shown = store.get().opening;
  store.update((state) => withoutRun(state, run));
  if (shown.kind !== "empty" && shown.kind !== "listing" && shown.run === run) void start();
});
host.hear("run.metrics", ({ run, metrics }) => {
  const waiting = early.get(run);
  if (waiting) waiting.push(...metrics);
  const curves = store.get().curves.get(run);
  if (!curves) return;
  appendPoints(curves, metrics);
  store.update((state) => ({ ...state, revision: state.revision + 1 }));
});
host.hear("run.show", ({ run }) => void open(run));

async function start(): Promise<void> {
  store.update((state) => ({ ...state, opening: { kind: "listing" } }));
  try {
    const { runs } = await host.ask("runs.list", {});
    store.update((state) => withRuns(state, runs));
  } catch (thrown) {
    store.update((state) => ({ ...state, opening: { kind: "failed", run: undefined, message: messageOf(thrown) } }));
    return;
  }
  const { runs, kept: now, opening } = store.get();
  // The host may have asked for a run while the list was on its way.
  if (opening.kind !== "listing") return;
  const wanted = runs.find(({ id }) => id === now.run) ?? runs[0];
  if (!wanted) store.update((state) => ({ ...state, opening: { kind: "empty" } }));
  else {
    await open(wanted.id);
    const overlaid = now.overlaid.filter((id) => runs.some((run) => run.id === id));
    await attempt(() => Promise.all(overlaid.map(read)));
  }
}

async function open(run: string): Promise<void> {
  store.update((state) => {
    // Another run has other steps: a zoom made for the last one would show an empty part of this one.
    const same = state.kept.run === run;
    return {
      ...withKept(state, same ? {} : { run, domain: undefined }),
      opening: { kind: "opening", run },
      cursor: undefined,
    };
  });
  const stillWanted = (): boolean => {
    const { opening } = store.get();
    return opening.kind === "opening" && opening.run === run;
  };
  try {
    await read(run);
    if (stillWanted()) store.update((state) => ({ ...state, opening: { kind: "open", run } }));
  } catch (thrown) {
    const message = messageOf(thrown);
    if (stillWanted()) store.update((state) => ({ ...state, opening: { kind: "failed", run, message } }));
  }
}

/** Fetches a run with all its points, once; later points come as events. */
function read(run: string): Promise<void> {
  if (store.get().curves.has(run)) return Promise.resolve();
  let under = underway.get(run);
  if (!under) underway.set(run, (under = fetchRun(run).finally(() => underway.delete(run))));
  return under;
}

async function fetchRun(run: string): Promise<void> {
  early.set(run, []);
  try {
    const { run: summary, metrics } = await host.ask("runs.open", { run });
    const curves = emptyCurves();
    appendPoints(curves, metrics);
    appendPoints(curves, early.get(run) ?? []);
    store.update((state) => ({ ...withRun(state, summary), curves: new Map(state.curves).set(run, curves) }));
  } finally {
    early.delete(run);
  }
}

async function overlay(run: string, on: boolean): Promise<void> {
  store.update((state) => {
    const others = state.kept.overlaid.filter((id) => id !== run);
    return withKept(state, { overlaid: on ? [...others, run] : others });
  });
  if (on) await attempt(() => read(run));
}

/** What fails here is said in the status line and written to the log; the panel itself goes on. */
async function attempt(act: () => Promise<unknown>): Promise<void> {
  store.update((state) => (state.notice === undefined ? state : { ...state, notice: undefined }));
  try {
    await act();
  } catch (thrown) {
    const notice = messageOf(thrown);
    store.update((state) => ({ ...state, notice }));
    host.tell("error", { message: notice });
  }
}

frame.request();
host.tell("ready", {});
void start();
