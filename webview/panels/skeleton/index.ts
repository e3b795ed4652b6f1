// The folder to copy for a new panel: it lists the runs. Mounts the view and joins it to the extension host.
import "./panel.css";
import { connectHost, messageOf } from "../../lib/bridge.js";
import { createFrame } from "../../lib/frame.js";
import { createStore } from "../../lib/store.js";
import { initialState, withRun, withRuns, withoutRun, type SkeletonState } from "./model.js";
import { createView } from "./view.js";

const host = connectHost();
const store = createStore<SkeletonState>(initialState);
const root = document.getElementById("root");
if (!root) throw new Error("skeleton panel: expected an element with the id root");

const draw = createView(root, {
  reveal: (path) => void host.ask("folder.reveal", { path }),
  openExample: () => void host.ask("command.run", { command: "gradtape.openExample" }),
  retry: () => void start(),
});
const frame = createFrame(() => draw(store.get()));
store.subscribe(frame.request);
host.hear("run.changed", ({ run }) => store.update((state) => withRun(state, run)));
host.hear("run.removed", ({ run }) => store.update((state) => withoutRun(state, run)));

async function start(): Promise<void> {
  store.update(() => initialState);
  try {
    const { runs } = await host.ask("runs.list", {});
    store.update((state) => withRuns(state, runs));
  } catch (thrown) {
    store.update(() => ({ kind: "failed", message: messageOf(thrown) }));
  }
}

frame.request();
host.tell("ready", {});
void start();
