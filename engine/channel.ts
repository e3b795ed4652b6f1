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
 * Opens a channel over a connection (not yet listening). `handlers` answer the other side's requests; `validators` run
 * before them. A failed request rejects at the asking side with the same message.
 */
export function openChannel<Mine, Theirs, Tell, Hear>(
  connection: MessageConnection,
  handlers: Handlers<Mine>,
  validators: Validators<Mine>,
): Channel<Theirs, Tell, Hear> {
  let closed = false;
  for (const name of Object.keys(handlers) as (keyof Mine & string)[]) {
    const answer = async (ask: unknown, cancel: CancellationToken): Promise<unknown> =>
      handlers[name](validators[name](ask), cancel);
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
    hear: (name, listener) => connection.onNotification(name, listener),
    onClose: (listener) => connection.onClose(listener),
    dispose() {
      closed = true;
      connection.dispose();
    },
  };
}
