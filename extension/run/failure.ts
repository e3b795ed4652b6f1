// A run that failed in this window: a message that leads to the line, and the line underlined until the program is
// edited or run again.
import * as vscode from "vscode";
import type { RunSummary, SourceLine } from "../../engine/protocol.js";
import { Lifetime } from "../lifetime.js";
import { inBackground, type Log } from "../log.js";
import { openSource } from "../source.js";
import { firstLine } from "./runLook.js";

export interface FailureReports extends vscode.Disposable {
  /** A program is run again: what was said about it before is out of date. */
  clear(program: string): void;
  report(run: RunSummary): void;
}

interface Choice extends vscode.MessageItem {
  readonly act: () => unknown;
}

export function registerFailures(
  log: Log,
  openRun: (id: string) => unknown,
  showOutput: () => unknown,
): FailureReports {
  const lifetime = new Lifetime();
  const underlined = lifetime.own(vscode.languages.createDiagnosticCollection("gradtape"));
  /** Files underlined because of a program: the line may lie in a module it imports. */
  const filesOf = new Map<string, vscode.Uri>();

  lifetime.own(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && underlined.has(document.uri)) underlined.delete(document.uri);
    }),
  );

  return {
    clear: (program) => {
      const file = filesOf.get(program);
      if (file) underlined.delete(file);
      filesOf.delete(program);
    },
    report: (run) => {
      const error = run.error ?? { name: "Error", message: "the program failed" };
      const at = error.at ?? run.last?.at;
      if (at) {
        const file = vscode.Uri.file(at.file);
        filesOf.set(run.program, file);
        underlined.set(file, [diagnostic(at, `${error.name}: ${error.message}`)]);
      }
      inBackground(log, "failure message", tell(run, at, openRun, showOutput));
    },
    dispose: () => lifetime.dispose(),
  };
}

async function tell(
  run: RunSummary,
  at: SourceLine | undefined,
  openRun: (id: string) => unknown,
  showOutput: () => unknown,
): Promise<void> {
  const choices: Choice[] = [
    ...(at ? [{ title: "Go to Line", act: () => openSource(at) }] : []),
    ...(run.folder === "" ? [] : [{ title: "Open Panel", act: () => openRun(run.id) }]),
    ...(at ? [] : [{ title: "Show Output", act: showOutput }]),
  ];
  const name = run.error?.name ?? "Error";
  const text = `${run.title} failed. ${name}: ${firstLine(run.error?.message ?? "see the output")}`;
  const chosen = await vscode.window.showErrorMessage(text, ...choices);
  await chosen?.act();
}

function diagnostic({ line, column }: SourceLine, message: string): vscode.Diagnostic {
  const start = new vscode.Position(Math.max(0, line - 1), Math.max(0, (column ?? 1) - 1));
  // To the end of the line: VS Code cuts the range at the text that is there.
  const range = new vscode.Range(start, new vscode.Position(start.line, 1000));
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
  diagnostic.source = "gradtape";
  return diagnostic;
}
