// Sees to it that libtensorflow is there before a program starts. Where it is missing the terminal's doctor fetches it,
// and its progress is shown. Asked once per engine and window.
import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as vscode from "vscode";
import type { Log } from "../log.js";
import type { OutputChannel } from "./output.js";
import { cleanEnvironment, type RunPlan } from "./plan.js";
import { progressOfLine } from "./progressLine.js";

/** Exit code of the question's process: libtensorflow is missing. */
const missing = 3;

export class LibraryProvision {
  #provided = new Map<string, Promise<boolean>>();

  constructor(
    private readonly output: OutputChannel,
    private readonly log: Log,
  ) {}

  /** False when the user cancelled. @throws Error when libtensorflow cannot be had. */
  async provide(plan: RunPlan): Promise<boolean> {
    const { root } = plan.engine;
    let provided = this.#provided.get(root);
    if (!provided) this.#provided.set(root, (provided = this.#look(plan)));
    const there = await provided.catch((error: unknown) => {
      this.#provided.delete(root);
      throw error;
    });
    // After a cancelled download the next run asks again.
    if (!there) this.#provided.delete(root);
    return there;
  }

  async #look(plan: RunPlan): Promise<boolean> {
    if (!(await this.#isMissing(plan))) return true;
    const title = "Gradtape fetches libtensorflow, once for all programs";
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (progress, cancel) => this.#install(plan, (message) => progress.report({ message }), cancel),
    );
  }

  /** Asks the engine's own finder, in a process: none of it is loaded here. */
  #isMissing({ node, engine, cwd }: RunPlan): Promise<boolean> {
    const finder = pathToFileURL(join(engine.root, "dist", "engine", "library.js")).href;
    const question = `import { locateLibrary } from ${JSON.stringify(finder)}; process.exit(locateLibrary() ? 0 : ${missing});`;
    const env = { ...cleanEnvironment(process.env), ...node.env };
    return new Promise((resolve) => {
      execFile(node.path, ["--input-type=module", "-e", question], { cwd, env }, (error) => {
        // Any other failure is for the program itself to meet, and to explain.
        if (error && error.code !== missing) this.log.warn(`looking for libtensorflow: ${error.message}`);
        resolve(error?.code === missing);
      });
    });
  }

  #install(
    { node, engine, cwd }: RunPlan,
    show: (message: string) => void,
    cancel: vscode.CancellationToken,
  ): Promise<boolean> {
    const report = this.output.for("fetching libtensorflow");
    const env = { ...cleanEnvironment(process.env), ...node.env };
    const child = spawn(node.path, [engine.cli, "doctor", "--install"], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stop = cancel.onCancellationRequested(() => child.kill());
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        report.write(`${line}\n`);
        const message = progressOfLine(line);
        if (message !== undefined) show(message);
        else if (stream === child.stderr) said += `${line}\n`;
      });
    }
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        stop.dispose();
        report.end(cancel.isCancellationRequested ? "cancelled" : code === 0 ? "done" : "failed");
        if (cancel.isCancellationRequested) resolve(false);
        else if (code === 0) resolve(true);
        else reject(new Error(said.trim() || "libtensorflow could not be fetched: see the output"));
      });
    });
  }
}
