// Two channels: "Gradtape" holds what programs print, "Gradtape Log" what the extension has to say about itself.
import * as vscode from "vscode";

export type Log = vscode.LogOutputChannel;

export const createLog = (): Log => vscode.window.createOutputChannel("Gradtape Log", { log: true });

/** The text of what was thrown, whatever it was. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs a promise nobody waits for; a failure goes to the log. */
export function inBackground(log: Log, what: string, promise: PromiseLike<unknown>): void {
  promise.then(undefined, (error: unknown) =>
    log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
}
