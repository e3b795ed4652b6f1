// Writing programs: activation, types and completion in a folder with nothing installed.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { lineOf, programs } from "../programs.js";
import { ended, fileUri, gradtape, startRun } from "./gradtape.js";

export async function activates(): Promise<string> {
  const { activationMs } = await gradtape();
  assert.ok(activationMs <= 50, `it took ${activationMs.toFixed(1)} ms`);
  const registered = new Set(await vscode.commands.getCommands(true));
  const manifest = vscode.extensions.getExtension("gradtape.gradtape")!.packageJSON as {
    readonly contributes: { readonly commands: readonly { readonly command: string }[] };
  };
  for (const { command } of manifest.contributes.commands) assert.ok(registered.has(command), command);
  return `${activationMs.toFixed(1)} ms`;
}

export async function completes(): Promise<void> {
  const uri = fileUri("types.ts");
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  const line = lineOf(programs["types.ts"], "wrong type") - 1;
  const problems = await problemsOf(uri, (all) => all.some(({ range }) => range.start.line === line));
  const codes = problems.map(({ code }) => (typeof code === "object" ? code.value : code));
  assert.ok(codes.includes(2322), `a Tensor is no string: ${codes.join(", ")}`);
  assert.ok(!codes.includes(2307), "the module is found");

  const position = document.positionAt(document.getText().indexOf("F.\n") + 2);
  const names = await completionsAt(uri, position);
  for (const name of ["conv2d", "nllLoss", "logSoftmax"])
    assert.ok(names.includes(name), `${name} of ${names.length} names`);
}

export async function runsJavaScript(): Promise<void> {
  const uri = fileUri("plain.js");
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 10);
  const pressed = lenses.map(({ command }) => command?.command).filter((name) => name?.startsWith("gradtape."));
  assert.deepEqual(pressed, ["gradtape.test", "gradtape.debug"]);
  const run = await startRun("test", "plain.js", ended);
  assert.equal(run.state, "finished", JSON.stringify(run.error));
}

/** Problems come when tsserver has read the project: told by an event, or there already. */
function problemsOf(
  uri: vscode.Uri,
  accept: (problems: readonly vscode.Diagnostic[]) => boolean,
): Promise<readonly vscode.Diagnostic[]> {
  return new Promise((resolve) => {
    const look = () => {
      const problems = vscode.languages.getDiagnostics(uri);
      if (!accept(problems)) return;
      listening.dispose();
      resolve(problems);
    };
    const listening = vscode.languages.onDidChangeDiagnostics(look);
    look();
  });
}

async function completionsAt(uri: vscode.Uri, position: vscode.Position): Promise<readonly string[]> {
  const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
    "vscode.executeCompletionItemProvider",
    uri,
    position,
    ".",
  );
  return items.map(({ label }) => (typeof label === "string" ? label : label.label));
}
