// The status bar while runs live: the newest one's position and speed. A click opens it.
import * as vscode from "vscode";
import { isAlive } from "../../engine/runs/index.js";
import { commandId } from "../contributions.js";
import { Lifetime } from "../lifetime.js";
import { statusText } from "./runLook.js";
import type { RunStore } from "./store.js";

export function registerStatusBar(store: RunStore): vscode.Disposable {
  const lifetime = new Lifetime();
  const item = lifetime.own(vscode.window.createStatusBarItem("gradtape.runs", vscode.StatusBarAlignment.Left, 50));
  item.name = "Gradtape Runs";

  const draw = () => {
    const alive = store.list().filter(isAlive);
    if (alive.length === 0) return item.hide();
    const [newest] = alive;
    const others = alive.length > 1 ? ` +${alive.length - 1}` : "";
    item.text = `$(${newest.state === "running" ? "pulse" : "loading~spin"}) ${statusText(newest)}${others}`;
    item.tooltip = alive.map((run) => `${run.title}: ${statusText(run)}`).join("\n");
    item.command = { command: commandId("openRun"), title: "Open Run", arguments: [newest.id] };
    item.show();
  };
  lifetime.own(store.onChanged(draw));
  lifetime.own(store.onRemoved(draw));
  return lifetime;
}
