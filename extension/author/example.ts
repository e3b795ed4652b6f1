// Puts the MNIST example into the user's folder and opens it: the user's own copy, to be changed.
import * as vscode from "vscode";

const name = "mnist.ts";

export async function openMnistExample(root: vscode.Uri): Promise<void> {
  const source = vscode.Uri.joinPath(root, "examples", name);
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri;
  if (!folder) {
    // Nowhere to put it: an untitled copy, to be saved where the user likes.
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(source));
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ language: "typescript", content: text }),
    );
    return;
  }
  const target = await existing(folder, [name, `examples/${name}`]);
  const file = target ?? vscode.Uri.joinPath(folder, name);
  if (!target) await vscode.workspace.fs.copy(source, file);
  await vscode.window.showTextDocument(file);
}

/** A copy that is there is opened, never overwritten. */
async function existing(folder: vscode.Uri, paths: readonly string[]): Promise<vscode.Uri | undefined> {
  for (const path of paths) {
    const file = vscode.Uri.joinPath(folder, path);
    const found = await vscode.workspace.fs.stat(file).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}
