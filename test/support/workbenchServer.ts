// Starts code-server on a free port of the loopback address with user data of its own, and ends it with everything that
// it started. It must not know of browsers.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { installedWorkbench } from "./installWorkbench.js";
import { until } from "./until.js";

export interface ServerOptions {
  /** The workspace. */
  readonly folder: string;
  /** A packaged extension to install first. */
  readonly vsix?: string;
  /** Folder of an extension that is there from the start, as if it were installed. */
  readonly linked?: string;
  /** Who opens the page must give this password: for a server that lives longer than a test. */
  readonly password?: string;
  /** User settings over the quiet defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server, and so of the extension host and what it starts. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface OpenOptions {
  readonly folder: string;
  /** Folder of an extension under development. */
  readonly extension?: string;
  /** CommonJS file whose `run()` is called in the extension host. */
  readonly tests?: string;
}

export interface WorkbenchServer {
  readonly port: number;
  /** Folder of user data, logs, extensions and sockets; removed by `stop`. */
  readonly data: string;
  url(options: OpenOptions): string;
  output(): string;
  onExit(hear: () => void): void;
  /** Text of the extension hosts' log files. */
  extensionHostLogs(): string;
  stop(): Promise<void>;
}

/** Quiet and repeatable: no look-ups in the network, nothing that pops up over the page. */
const quietSettings = {
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.settings.enableNaturalLanguageSearch": false,
  "workbench.reduceMotion": "on",
  "security.workspace.trust.enabled": false,
  "git.openRepositoryInParentFolders": "never",
  "npm.fetchOnlinePackageInfo": false,
  "typescript.disableAutomaticTypeAcquisition": true,
  "debug.javascript.autoAttachFilter": "disabled",
  "window.dialogStyle": "custom",
  "window.confirmBeforeClose": "never",
} as const;

/** Variables of this process that would change how the server starts. */
const foreign =
  /^(PORT|PASSWORD|HASHED_PASSWORD|GITHUB_TOKEN|LOG_LEVEL|NODE_OPTIONS|ELECTRON_RUN_AS_NODE|VSCODE_|CODE_SERVER_|CS_DISABLE_)/;

export async function serveWorkbench(options: ServerOptions): Promise<WorkbenchServer> {
  const { entry, node } = installedWorkbench();
  // Unix sockets lie in here, and their paths may have 107 characters at most.
  const data = mkdtempSync(join(tmpdir().length > 30 ? "/tmp" : tmpdir(), "gtw-"));
  const temporary = join(data, "tmp");
  for (const name of ["User", "extensions", "tmp"]) mkdirSync(join(data, name));
  writeFileSync(join(data, "User", "settings.json"), JSON.stringify({ ...quietSettings, ...options.settings }));
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
    TMPDIR: temporary,
    XDG_RUNTIME_DIR: temporary,
    // No marketplace: each start would look it up.
    EXTENSIONS_GALLERY: "{}",
    ...(options.password === undefined ? {} : { PASSWORD: options.password }),
    ...options.env,
  };
  if (options.linked !== undefined) symlinkSync(realpathSync(options.linked), join(data, "extensions", "linked"));
  const places = [
    "--config",
    join(data, "config.yaml"),
    "--user-data-dir",
    data,
    "--extensions-dir",
    join(data, "extensions"),
  ];
  if (options.vsix !== undefined) installVsix(options.vsix, [node, entry, ...places], env);

  const quiet = [
    "--disable-telemetry",
    "--disable-update-check",
    "--disable-workspace-trust",
    "--disable-getting-started-override",
  ];
  const auth = options.password === undefined ? "none" : "password";
  const args = [entry, "--auth", auth, "--bind-addr", "127.0.0.1:0", ...places, ...quiet, options.folder];
  // A process group of its own: extension hosts, terminals and debugged programs end with it.
  const child = spawn(node, args, { cwd: options.folder, detached: true, stdio: ["ignore", "pipe", "pipe"], env });
  const group = new ProcessGroup(child);
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  child.stderr.on("data", (text) => (output += String(text)));
  const clean = () => rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  const atExit = () => {
    group.kill("SIGKILL");
    clean();
  };
  process.once("exit", atExit);
  const stopHearing = endOnSignals();
  const stop = async () => {
    process.off("exit", atExit);
    stopHearing();
    await group.end();
    clean();
  };
  try {
    const port = await until("the start of code-server", 60_000, () => {
      if (group.ended) throw new Error("code-server ended at its start");
      return /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
    });
    return {
      port: Number(port),
      data,
      url: (open) => urlOf(Number(port), open),
      output: () => output,
      onExit: (hear) => void child.once("exit", hear),
      extensionHostLogs: () => logsBelow(data),
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`workbench: ${(error as Error).message}\n${output}`, { cause: error });
  }
}

/** A signal ends the process by its exit handlers, which end the server and remove its data. */
function endOnSignals(): () => void {
  const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  const handlers = Object.entries(signals).map(([signal, code]) => [signal, () => process.exit(code)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

function urlOf(port: number, { folder, extension, tests }: OpenOptions): string {
  const authority = `127.0.0.1:${port}`;
  const remote = (path: string) =>
    `vscode-remote://${authority}${realpathSync(path).split("/").map(encodeURIComponent).join("/")}`;
  const payload: [string, string][] = [["skipWelcome", "true"]];
  if (extension !== undefined) payload.push(["extensionDevelopmentPath", remote(extension)]);
  if (tests !== undefined) payload.push(["extensionTestsPath", remote(tests)]);
  const query = new URLSearchParams({ folder: realpathSync(folder), payload: JSON.stringify(payload) });
  return `http://${authority}/?${query.toString()}`;
}

function installVsix(vsix: string, [node, ...start]: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync(node, [...start, "--install-extension", vsix], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`workbench: ${vsix} could not be installed\n${stdout}${stderr}`);
}

function logsBelow(data: string): string {
  const logs = join(data, "logs");
  if (!existsSync(logs)) return "";
  return readdirSync(logs, { recursive: true })
    .map((name) => join(logs, String(name)))
    .filter((file) => /exthost.*\.log$/.test(file))
    .map((file) => `== ${relative(data, file)}\n${readFileSync(file, "utf8")}`)
    .join("\n");
}

class ProcessGroup {
  readonly #child: ChildProcess;
  ended = false;
  constructor(child: ChildProcess) {
    this.#child = child;
    child.once("exit", () => (this.ended = true));
    child.once("error", () => (this.ended = true));
  }

  /** Whether there was somebody to hear the signal. */
  kill(signal: NodeJS.Signals | 0): boolean {
    if (this.#child.pid === undefined) return false;
    try {
      return process.kill(-this.#child.pid, signal);
    } catch {
      return false; // all of it has ended
    }
  }

  async end(): Promise<void> {
    this.kill("SIGTERM");
    await until("the end of code-server", 5000, () => !this.kill(0)).catch(() => this.kill("SIGKILL"));
  }
}
