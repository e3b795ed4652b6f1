// What tests in the extension host share: the extension's interface, the workspace's files, waiting for a run's state.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import type { RunState, RunSummary } from "../../../engine/protocol.js";
import type { Gradtape } from "../../../extension/main.js";

export async function gradtape(): Promise<Gradtape> {
  const extension = vscode.extensions.getExtension<Gradtape>("gradtape.gradtape");
  assert.ok(extension, "the extension is known: engines.vscode fits this workbench");
  return extension.activate();
}

export const workspaceFolder = (): string => {
  const folder = vscode.workspace.workspaceFolders?.at(0)?.uri.fsPath;
  assert.ok(folder, "a folder is open");
  return folder;
};

export const fileUri = (name: string): vscode.Uri => vscode.Uri.file(join(workspaceFolder(), name));

export const hasEnded = ({ state }: RunSummary): boolean =>
  state === "finished" || state === "failed" || state === "stopped";

/** The first run that is accepted, now or later. */
export async function runThat(accept: (run: RunSummary) => boolean): Promise<RunSummary> {
  const { runs, onRunChanged } = await gradtape();
  const there = runs().find(accept);
  if (there) return there;
  return new Promise((resolve) => {
    const listening = onRunChanged((run) => {
      if (!accept(run)) return;
      listening.dispose();
      resolve(run);
    });
  });
}

/** Starts a program by command and waits for its run to be in a state, under the id of its folder. */
export async function startRun(
  command: "train" | "test",
  name: string,
  states: readonly RunState[],
): Promise<RunSummary> {
  const { runs } = await gradtape();
  const before = new Set(runs().map(({ id }) => id));
  await vscode.commands.executeCommand(`gradtape.${command}`, { fsPath: fileUri(name).fsPath });
  return runThat((run) => !before.has(run.id) && run.folder !== "" && states.includes(run.state));
}

export const ended: readonly RunState[] = ["finished", "failed", "stopped"];

/** The next event that is accepted. */
export function next<T>(event: vscode.Event<T>, accept: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    const listening = event((value) => {
      if (!accept(value)) return;
      listening.dispose();
      resolve(value);
    });
  });
}
