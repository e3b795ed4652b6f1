// From a recorded line to the editor.
import * as vscode from "vscode";
import type { SourceLine } from "../engine/protocol.js";

/** Opens the file with the cursor on the line; rejects when the file is gone. */
export async function openSource(at: SourceLine, options: { readonly peek?: boolean } = {}): Promise<void> {
  const uri = vscode.Uri.file(at.file);
  const position = new vscode.Position(Math.max(0, at.line - 1), Math.max(0, (at.column ?? 1) - 1));
  if (options.peek && vscode.window.visibleTextEditors.length > 0) {
    const from = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
    const target = new vscode.Location(uri, position);
    await vscode.commands.executeCommand(
      "editor.action.peekLocations",
      from.document.uri,
      from.selection.active,
      [target],
      "peek",
    );
    return;
  }
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, {
    viewColumn: columnOf(uri),
    selection: new vscode.Range(position, position),
  });
}

/** Where the file is shown already, else the first column: a panel beside it stays where it is. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return shown?.viewColumn ?? vscode.ViewColumn.One;
}
