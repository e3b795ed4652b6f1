// Commands about debugging. Each function has the name of its row in contributions.ts.
import * as vscode from "vscode";
import { expressionAt } from "../debug/expressionAt.js";
import { pausedFrame } from "../debug/pausedFrame.js";
import { isDebugVariable } from "../debug/variable.js";
import { scan } from "../run/codeLens.js";
import type { Target } from "../run/target.js";
import type { Services } from "../services.js";
import { programOf, saveAll } from "./run.js";

export async function debug({ supervisor }: Services, target?: Target): Promise<void> {
  const program = await programOf(target);
  if (program === undefined) return;
  await saveAll();
  const verb = target?.verb ?? (await verbOf(program));
  supervisor.start({ program, verb, flags: [], debug: true });
}

/** What the program is for: training when it can train. */
async function verbOf(program: string) {
  const verbs = scan(await vscode.workspace.openTextDocument(program)).exports.map(({ verb }) => verb);
  return verbs.includes("train") ? "train" : (verbs.at(0) ?? "run");
}

/** `variable`: a row of the Variables view; else the expression under the cursor, or one that the user types. */
export async function inspectTensor({ sessions, inspector }: Services, variable?: unknown): Promise<void> {
  const paused = await pausedFrame(sessions);
  if (!paused) {
    void vscode.window.showInformationMessage(
      "Gradtape: tensors are inspected while a program stands at a breakpoint. Set one and press Debug.",
    );
    return;
  }
  const fromView = isDebugVariable(variable) ? (variable.variable.evaluateName ?? variable.variable.name) : undefined;
  const expression = fromView ?? underCursor() ?? (await ask());
  if (expression === undefined) return;
  const reason = await inspector.inspect(paused.stop, paused.frame, expression);
  if (reason !== undefined) void vscode.window.showWarningMessage(`Gradtape: ${reason}`);
}

/** The selection, or the name under the cursor. */
function underCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  const { selection, document } = editor;
  if (!selection.isEmpty && selection.isSingleLine) return document.getText(selection).trim() || undefined;
  return expressionAt(document.lineAt(selection.active.line).text, selection.active.character);
}

const ask = () =>
  vscode.window.showInputBox({
    title: "Inspect Tensor",
    prompt: "An expression in the paused frame",
    placeHolder: "x",
  });
