// Commands about runs. Each function has the name of its row in contributions.ts.
import * as vscode from "vscode";
import type { RunSummary, RunVerb } from "../../engine/protocol.js";
import { isAlive } from "../../engine/runs/index.js";
import { inBackground } from "../log.js";
import { scan } from "../run/codeLens.js";
import { repeated } from "../run/plan.js";
import type { RunItem } from "../run/runItem.js";
import { runDescription, runIcon } from "../run/runLook.js";
import type { Target } from "../run/target.js";
import type { Services } from "../services.js";

export const train = (services: Services, target?: Target) => start(services, "train", target);
export const test = (services: Services, target?: Target) => start(services, "test", target);
export const runProgram = (services: Services, target?: Target) => start(services, "run", target);

async function start({ supervisor }: Services, verb: RunVerb, target: Target | undefined): Promise<void> {
  const program = await programOf(target, verb);
  if (program === undefined) return;
  await saveAll();
  supervisor.start({ program, verb, flags: [], debug: false });
}

/** Programs read files, not editors. */
export const saveAll = () => vscode.workspace.saveAll(false);

/** The file a command is about: its target, or the active editor's. Says what is wrong when there is none. */
export async function programOf(target: Target | undefined, verb?: RunVerb): Promise<string | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  if (target === undefined && (document === undefined || document.isUntitled || document.uri.scheme !== "file")) {
    const remedy = document?.isUntitled ? "Save it first." : "Open a program first.";
    void vscode.window.showWarningMessage(`Gradtape: expected a program in a file. ${remedy}`);
    return undefined;
  }
  const program = target?.fsPath ?? document!.uri.fsPath;
  if (verb !== "train" && verb !== "test") return program;
  const opened = await vscode.workspace.openTextDocument(program);
  const { importsGradtape, exports } = scan(opened);
  // Only what is certainly wrong is refused: an export may come in a way that reading the text does not find.
  if (importsGradtape && exports.length > 0 && !exports.some((one) => one.verb === verb)) {
    void vscode.window.showWarningMessage(`Gradtape: this program exports no \`${verb}\`.`);
    return undefined;
  }
  return program;
}

export async function stopRun(
  { store, supervisor }: Services,
  item?: RunItem,
  items?: readonly RunItem[],
): Promise<void> {
  const chosen = selection(item, items);
  const runs = chosen.length > 0 ? chosen : await choose(store.list().filter(isAlive), "Stop which run?");
  for (const id of runs) supervisor.stop(id);
}

export async function openRun({ runPanels, folders, store }: Services, item?: RunItem | string): Promise<void> {
  let id = typeof item === "string" ? item : item?.run;
  if (id === undefined) {
    await folders.start();
    id = store.list().at(0)?.id;
  }
  // Without any run the panel shows how to get one.
  if (id === undefined) runPanels.showEmpty();
  else runPanels.show(id, { preserveFocus: false });
}

export async function openRunFolder({ store }: Services, item?: RunItem): Promise<void> {
  const [id] = item ? [item.run] : await choose(store.list().filter(recorded), "Reveal the folder of which run?");
  const run = id === undefined ? undefined : store.get(id);
  if (run && recorded(run)) await vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(run.folder));
}

export async function runAgain({ store, supervisor }: Services, item?: RunItem): Promise<void> {
  const [id] = item ? [item.run] : await choose(store.list(), "Run which program again?");
  const run = id === undefined ? undefined : store.get(id);
  if (!run) return;
  await saveAll();
  supervisor.start(repeated(run));
}

export async function removeRun({ store, log }: Services, item?: RunItem, items?: readonly RunItem[]): Promise<void> {
  const chosen = selection(item, items);
  const ids = chosen.length > 0 ? chosen : await choose(store.list().filter(isOver), "Remove which run?");
  const runs = ids.flatMap((id) => store.get(id) ?? []).filter(isOver);
  if (runs.length === 0) return;
  const what = runs.length === 1 ? `"${runs[0].title}"` : `${runs.length} runs`;
  const checkpoints = runs.reduce((count, run) => count + run.checkpoints.length, 0);
  const detail =
    checkpoints > 0 ? `Metrics and ${checkpoints} checkpoints are deleted.` : "The recorded files are deleted.";
  const answer = await vscode.window.showWarningMessage(`Remove ${what}?`, { modal: true, detail }, "Remove");
  if (answer !== "Remove") return;
  for (const run of runs) {
    store.remove(run.id);
    if (recorded(run)) inBackground(log, "removing a run", removeFolder(vscode.Uri.file(run.folder)));
  }
}

/** To the trash where there is one; remote file systems have none. */
async function removeFolder(folder: vscode.Uri): Promise<void> {
  try {
    await vscode.workspace.fs.delete(folder, { recursive: true, useTrash: true });
  } catch {
    await vscode.workspace.fs.delete(folder, { recursive: true, useTrash: false });
  }
}

export function showOutput({ output }: Services): void {
  output.show();
}

export async function doctor({ output, root }: Services): Promise<void> {
  const { examineInstallation } = await import("../run/doctor.js");
  await examineInstallation(root.fsPath, output);
}

const isOver = (run: RunSummary) => !isAlive(run);
const recorded = (run: RunSummary) => run.folder !== "";
const selection = (item: RunItem | undefined, items: readonly RunItem[] | undefined) =>
  (items && items.length > 0 ? items : item ? [item] : []).map(({ run }) => run);

/** The only one, or what the user picks. */
async function choose(runs: readonly RunSummary[], placeHolder: string): Promise<readonly string[]> {
  if (runs.length <= 1) return runs.map(({ id }) => id);
  const rows = runs.map((run) => ({
    label: `$(${runIcon(run).icon}) ${run.title}`,
    description: runDescription(run, new Map(), Date.now()),
    id: run.id,
  }));
  const picked = await vscode.window.showQuickPick(rows, { placeHolder });
  return picked ? [picked.id] : [];
}
