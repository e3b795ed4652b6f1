// "Check the Installation": the terminal's doctor, its report in the output channel.
import { execFile } from "node:child_process";
import { setting } from "../config.js";
import { findEngine } from "./engineHome.js";
import { findNode } from "./nodeRuntime.js";
import type { OutputChannel } from "./output.js";
import { cleanEnvironment } from "./plan.js";
import { join } from "node:path";
import * as vscode from "vscode";

export async function examineInstallation(extensionRoot: string, output: OutputChannel): Promise<void> {
  output.show();
  const report = output.for("doctor");
  const node = await findNode(setting("nodePath"));
  const folder = vscode.workspace.workspaceFolders?.at(0)?.uri.fsPath ?? extensionRoot;
  const engine = findEngine(join(folder, "program.ts"), extensionRoot);
  report.write(`Node.js ${node.version} (${node.path})\nengine  ${engine.root}\n`);
  const env = { ...cleanEnvironment(process.env), ...node.env };
  const failed = await new Promise<boolean>((resolve) => {
    execFile(node.path, [engine.cli, "doctor"], { cwd: folder, env }, (error, stdout, stderr) => {
      report.write(`${stdout}${stderr}`);
      resolve(error !== null);
    });
  });
  report.end(failed ? "Something is missing: see above." : "All is well.");
}
