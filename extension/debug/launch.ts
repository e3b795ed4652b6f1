// Starts an engine under js-debug and hands it to the supervisor as a process like any other.
import * as vscode from "vscode";
import { basename } from "node:path";
import type { EngineProcess, Exit } from "../run/engineProcess.js";
import type { RunPlan } from "../run/plan.js";
import { Lifetime } from "../lifetime.js";
import { launchConfiguration } from "./configuration.js";
import { type DebugSessions, tokenOf } from "./sessions.js";

/** @throws Error when the debugger does not start. */
export async function launchDebug(plan: RunPlan, sessions: DebugSessions): Promise<EngineProcess> {
  const token = plan.env.GRADTAPE_TOKEN;
  const lifetime = new Lifetime();
  let root: vscode.DebugSession | undefined;
  lifetime.own(
    vscode.debug.onDidStartDebugSession((session) => {
      if (!session.parentSession && tokenOf(session) === token) root = session;
    }),
  );
  const exit = new Promise<Exit>((resolve) => {
    lifetime.own(
      sessions.onEnded((end) => {
        if (end.token !== token) return;
        lifetime.dispose();
        resolve({ code: end.exitCode, stoppedByDebugger: end.stoppedByUser });
      }),
    );
  });
  const { program, verb } = plan.request;
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(program));
  const configuration = launchConfiguration(plan, `${basename(program)} › ${verb}`);
  if (!(await vscode.debug.startDebugging(folder, { ...configuration }, { suppressSaveBeforeStart: true }))) {
    lifetime.dispose();
    throw new Error("the debugger did not start");
  }
  return {
    exit,
    // Without a session, `stopDebugging` would end everybody's.
    kill: () => {
      if (root) void vscode.debug.stopDebugging(root);
    },
    // What the program prints is in the debug console.
    tail: () => "",
  };
}
