// One typed channel for every border: ids, errors and cancellation are vscode-jsonrpc's; a transport is a pair of its
// message reader and writer (socket with MessagePack, postMessage). Knows no message by name.
import type { CancellationToken, Disposable, MessageConnection } from "vscode-jsonrpc";

type Ask<Row> = Row extends (ask: infer A) => unknown ? A : never;
type Answer<Row> = Row extends (ask: never) => infer R ? R : never;

/** One handler per row of a request table: a row without its handler does not compile. */
export type Handlers<Requests> = {
  readonly [Name in keyof Requests]: (
    ask: Ask<Requests[Name]>,
    cancel: CancellationToken,
  ) => Answer<Requests[Name]> | Promise<Answer<Requests[Name]>>;
};

/** A validator per row: throws a readable error when what came over the border has another shape. */
export type Validators<Requests> = { readonly [Name in keyof Requests]: (ask: unknown) => Ask<Requests[Name]> };

/** The same for a table of events. */
export type EventValidators<Events> = { readonly [Name in keyof Events]: (fields: unknown) => Events[Name] };

/** How what comes over the border is checked before a handler or a listener sees it. */
export interface Checks<Mine, Hear> {
  readonly requests: Validators<Mine>;
  /** `trusted`: a page hears only the extension that made it. */
  readonly events: EventValidators<Hear> | "trusted";
  /** An event had another shape: its listener does not hear it. */
  readonly refused: (error: unknown) => void;
}

export interface Channel<Theirs, Tell, Hear> {
  /** Asks the other side. Rejects with the other side's error, or when the connection ends. */
  ask<Name extends keyof Theirs & string>(
    name: Name,
    ask: Ask<Theirs[Name]>,
    cancel?: CancellationToken,
  ): Promise<Answer<Theirs[Name]>>;
  tell<Name extends keyof Tell & string>(name: Name, fields: Tell[Name]): void;
  hear<Name extends keyof Hear & string>(name: Name, listener: (fields: Hear[Name]) => void): Disposable;
  onClose(listener: () => void): Disposable;
  dispose(): void;
}

/**
 * Opens a channel over a connection (not yet listening). `handlers` answer the other side's requests; `checks` run before
 * them, and before every listener. A failed request rejects at the asking side with the same message.
 */
export function openChannel<Mine, Theirs, Tell, Hear>(
  connection: MessageConnection,
  handlers: Handlers<Mine>,
  checks: Checks<Mine, Hear>,
): Channel<Theirs, Tell, Hear> {
  let closed = false;
  for (const name of Object.keys(handlers) as (keyof Mine & string)[]) {
    const answer = async (ask: unknown, cancel: CancellationToken): Promise<unknown> =>
      handlers[name](checks.requests[name](ask), cancel);
    connection.onRequest(name, answer);
  }
  connection.onClose(() => (closed = true));
  connection.listen();
  return {
    ask(name, ask, cancel) {
      if (closed) return Promise.reject(new Error(`${name}: the connection is closed`));
      const parameters: readonly unknown[] = cancel ? [ask, cancel] : [ask];
      return connection.sendRequest(name as string, ...parameters);
    },
    tell(name, fields) {
      if (!closed) connection.sendNotification(name as string, fields).catch(() => (closed = true));
    },
    hear<Name extends keyof Hear & string>(name: Name, listener: (fields: Hear[Name]) => void) {
      return connection.onNotification(name as string, (told: unknown) => {
        let fields: Hear[Name];
        try {
          fields = checks.events === "trusted" ? (told as Hear[Name]) : checks.events[name](told);
        } catch (error) {
          return checks.refused(error);
        }
        listener(fields);
      });
    },
    onClose: (listener) => connection.onClose(listener),
    dispose() {
      closed = true;
      connection.dispose();
    },
  };
}
