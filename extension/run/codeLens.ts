// ▶ Train, ✓ Test and 🐞 Debug above the exports of a program, and the context keys of the editor's Run menu.
import * as vscode from "vscode";
import { affects, setting } from "../config.js";
import { setContext } from "../contextKeys.js";
import { commandId, type CommandName, programLanguages } from "../contributions.js";
import { Lifetime } from "../lifetime.js";
import { type ExportedVerb, type ProgramScan, scanProgram } from "./programExports.js";
import type { Target } from "./target.js";

const programs: vscode.DocumentSelector = programLanguages.map((language) => ({ language, scheme: "file" }));

const looks: { readonly [Verb in ExportedVerb]: { readonly title: string; readonly command: CommandName } } = {
  train: { title: "$(play) Train", command: "train" },
  test: { title: "$(check) Test", command: "test" },
};

export function registerCodeLens(): vscode.Disposable {
  const lifetime = new Lifetime();
  const changed = lifetime.own(new vscode.EventEmitter<void>());
  lifetime.own(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (affects(change, "codeLens")) changed.fire();
    }),
  );
  lifetime.own(vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()));
  lifetime.own(
    vscode.languages.registerCodeLensProvider(programs, {
      onDidChangeCodeLenses: changed.event,
      provideCodeLenses: (document) => (setting("codeLens") && vscode.workspace.isTrusted ? lensesOf(document) : []),
    }),
  );
  const refresh = () => describeActiveEditor(vscode.window.activeTextEditor?.document);
  lifetime.own(vscode.window.onDidChangeActiveTextEditor(refresh));
  lifetime.own(
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === vscode.window.activeTextEditor?.document) refresh();
    }),
  );
  refresh();
  return lifetime;
}

function lensesOf(document: vscode.TextDocument): vscode.CodeLens[] {
  return scan(document).exports.flatMap(({ verb, line }) => {
    const range = document.lineAt(line).range;
    const target: Target = { fsPath: document.uri.fsPath, verb };
    const { title, command } = looks[verb];
    return [
      new vscode.CodeLens(range, { title, command: commandId(command), arguments: [target] }),
      new vscode.CodeLens(range, { title: "$(debug-alt) Debug", command: commandId("debug"), arguments: [target] }),
    ];
  });
}

function describeActiveEditor(document: vscode.TextDocument | undefined): void {
  const found = document && vscode.languages.match(programs, document) > 0 ? scan(document) : undefined;
  const has = (verb: ExportedVerb) => found?.exports.some((one) => one.verb === verb) ?? false;
  setContext("exportsTrain", has("train"));
  setContext("exportsTest", has("test"));
  setContext("plainProgram", found !== undefined && found.importsGradtape && found.exports.length === 0);
}

/** Asked several times per version of a document: by the lenses, the context keys, the commands. */
const scans = new WeakMap<vscode.TextDocument, { readonly version: number; readonly scan: ProgramScan }>();

export function scan(document: vscode.TextDocument): ProgramScan {
  const known = scans.get(document);
  if (known?.version === document.version) return known.scan;
  const found = scanProgram(document.getText());
  scans.set(document, { version: document.version, scan: found });
  return found;
}
