// The extension's entry: makes the services and registers the rows of every table. Nothing of the engine is loaded here.
import * as vscode from "vscode";
import type { RunSummary } from "../engine/protocol.js";
import * as all from "./commands/index.js";
import { type CommandArguments, commandId, type CommandName, commands } from "./contributions.js";
import { setting } from "./config.js";
import { launchDebug } from "./debug/launch.js";
import { DebugSessions } from "./debug/sessions.js";
import { TensorInspector } from "./debug/inspector.js";
import { Lifetime } from "./lifetime.js";
import { createLog, inBackground, messageOf } from "./log.js";
import { PanelHost } from "./panelHost.js";
import { panelHandlers } from "./panelHandlers.js";
import { registerCodeLens } from "./run/codeLens.js";
import { registerFailures } from "./run/failure.js";
import { OutputChannel } from "./run/output.js";
import { LibraryProvision } from "./run/provision.js";
import { RunFolders } from "./run/runFolders.js";
import { RunPanels } from "./run/runPanels.js";
import { runsFolderOf } from "./run/runsFolder.js";
import { registerRunsView } from "./run/runsView.js";
import { registerStatusBar } from "./run/statusBar.js";
import { RunStore } from "./run/store.js";
import { Supervisor } from "./run/supervisor.js";
import type { Services } from "./services.js";

type Handler<Name extends CommandName> = (services: Services, ...args: CommandArguments<Name>) => unknown;
type Unlisted = Exclude<keyof typeof all, CommandName>;

/** A row without its function does not compile, nor does a function without its row. */
const handlers: { readonly [Name in CommandName]: Handler<Name> } & { readonly [Name in Unlisted]: never } = all;

/** What other extensions, and tests, get from `activate`. */
export interface Gradtape {
  /** Milliseconds of the processor's time that `activate` took. */
  readonly activationMs: number;
  /** All known runs, newest first. */
  runs(): readonly RunSummary[];
  readonly onRunChanged: vscode.Event<RunSummary>;
}

let services: Services | undefined;

export function activate(context: vscode.ExtensionContext): Gradtape {
  const before = process.cpuUsage();
  const lifetime = new Lifetime();
  context.subscriptions.push(lifetime);
  services = createServices(context, lifetime);
  registerCommands(services, lifetime);
  lifetime.own(registerCodeLens());
  lifetime.own(registerRunsView(services.store, services.folders, services.log));
  lifetime.own(registerStatusBar(services.store));
  connect(services, lifetime);
  const { user, system } = process.cpuUsage(before);
  const activationMs = (user + system) / 1000;
  services.log.info(`activated in ${activationMs.toFixed(1)} ms`);
  const { store } = services;
  return { activationMs, runs: () => store.list(), onRunChanged: store.onChanged };
}

/** VS Code closes: runs end with the window that supervises them. */
export async function deactivate(): Promise<void> {
  await services?.supervisor.shutDown();
}

function createServices(context: vscode.ExtensionContext, lifetime: Lifetime): Services {
  const root = context.extensionUri;
  const log = lifetime.own(createLog());
  const output = lifetime.own(new OutputChannel());
  const store = lifetime.own(new RunStore());
  const sessions = lifetime.own(new DebugSessions());
  const library = new LibraryProvision(output, log);
  const supervisor: Supervisor = lifetime.own(
    new Supervisor(
      root.fsPath,
      store,
      output,
      log,
      (plan) => launchDebug(plan, sessions),
      (plan) => library.provide(plan),
    ),
  );
  const folders = lifetime.own(new RunFolders(store, log, (run) => supervisor.owns(run)));
  const panels = lifetime.own(
    new PanelHost(
      root,
      log,
      panelHandlers(() => services!),
    ),
  );
  const runPanels = lifetime.own(new RunPanels(store, panels));
  const inspector = lifetime.own(new TensorInspector(sessions, supervisor, panels, log));
  return { root, log, output, store, folders, supervisor, panels, runPanels, sessions, inspector };
}

function registerCommands(services: Services, lifetime: Lifetime): void {
  for (const name of Object.keys(commands) as CommandName[]) {
    const handler = handlers[name] as (services: Services, ...args: readonly unknown[]) => unknown;
    const run = async (...args: readonly unknown[]) => {
      try {
        await handler(services, ...args);
      } catch (error) {
        services.log.error(error instanceof Error ? error : messageOf(error));
        void vscode.window.showErrorMessage(`Gradtape: ${messageOf(error)}`);
      }
    };
    lifetime.own(vscode.commands.registerCommand(commandId(name), run));
  }
}

/** What follows when a run starts, goes on, or ends. */
function connect({ supervisor, runPanels, folders, output, log }: Services, lifetime: Lifetime): void {
  const failures = lifetime.own(
    registerFailures(
      log,
      (id) => runPanels.show(id, { preserveFocus: false }),
      () => output.show(),
    ),
  );
  lifetime.own(
    supervisor.onStarted((run) => {
      failures.clear(run.program);
      runPanels.show(run.id, { open: setting("openPanel") });
      if (!vscode.workspace.getWorkspaceFolder(vscode.Uri.file(run.program))) {
        folders.include(runsFolderOf(vscode.Uri.joinPath(vscode.Uri.file(run.program), "..").fsPath));
      }
      // Runs of earlier days belong in the list as soon as there is one.
      inBackground(log, "reading runs", folders.start());
    }),
  );
  lifetime.own(supervisor.onRenamed(({ from, to }) => runPanels.rename(from, to)));
  lifetime.own(
    supervisor.onEnded((run) => {
      if (run.state === "failed") failures.report(run);
    }),
  );
}
