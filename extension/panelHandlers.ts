// The answers to what panels ask: one total table, so that a new request does not compile without its answer.
import * as vscode from "vscode";
import { messageOf } from "./log.js";
import type { PanelHandlers } from "./panelHost.js";
import { repeated } from "./run/plan.js";
import type { Services } from "./services.js";
import { openSource } from "./source.js";

/** `services` is complete when the first panel asks. */
export const panelHandlers =
  (services: () => Services): PanelHandlers =>
  (panel) => ({
    "runs.list": async () => {
      const { folders, runPanels, store } = services();
      runPanels.attend(panel);
      await folders.start();
      return { runs: store.list() };
    },
    "runs.open": async ({ run }) => {
      const { folders, runPanels } = services();
      runPanels.attend(panel);
      await folders.start();
      return runPanels.open(panel, run);
    },
    "run.stop": ({ run }) => ({ accepted: services().supervisor.stop(run) }),
    "run.again": ({ run }) => {
      const { store, supervisor } = services();
      const summary = store.get(run);
      if (!summary || !vscode.workspace.isTrusted) return { started: false };
      supervisor.start(repeated(summary));
      return { started: true };
    },
    "source.open": ({ at, peek }) => opened(services(), openSource(at, { peek })),
    "folder.reveal": ({ path }) =>
      opened(services(), vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(path))),
    "command.run": async ({ command }) => {
      await vscode.commands.executeCommand(command);
      return { done: true };
    },
    "tensor.subject": () => services().inspector.subjectOf(panel),
    "tensor.stats": (ask, cancel) => services().inspector.ask(panel, "tensor.stats", ask, cancel),
    "tensor.page": (ask, cancel) => services().inspector.ask(panel, "tensor.page", ask, cancel),
    "tensor.image": (ask, cancel) => services().inspector.ask(panel, "tensor.image", ask, cancel),
  });

/** A file that is gone is no error of the panel: the user is told. */
async function opened({ log }: Services, opening: PromiseLike<unknown>): Promise<{ readonly opened: boolean }> {
  try {
    await opening;
    return { opened: true };
  } catch (error) {
    log.warn(messageOf(error));
    void vscode.window.showWarningMessage(`Gradtape: ${messageOf(error)}`);
    return { opened: false };
  }
}
