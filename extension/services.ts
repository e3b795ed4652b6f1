// The record handed to every command and panel: one field per capability, made once by `activate`.
import type * as vscode from "vscode";
import type { DebugSessions } from "./debug/sessions.js";
import type { TensorInspector } from "./debug/inspector.js";
import type { Log } from "./log.js";
import type { PanelHost } from "./panelHost.js";
import type { OutputChannel } from "./run/output.js";
import type { RunFolders } from "./run/runFolders.js";
import type { RunPanels } from "./run/runPanels.js";
import type { RunStore } from "./run/store.js";
import type { Supervisor } from "./run/supervisor.js";

export interface Services {
  readonly root: vscode.Uri;
  readonly log: Log;
  readonly output: OutputChannel;
  readonly store: RunStore;
  readonly folders: RunFolders;
  readonly supervisor: Supervisor;
  readonly panels: PanelHost;
  readonly runPanels: RunPanels;
  readonly sessions: DebugSessions;
  readonly inspector: TensorInspector;
}
