// The page's only door to the extension host: the one user of acquireVsCodeApi. Knows no panel and no request by name.
import { createMessageConnection } from "vscode-jsonrpc/browser";
import { openChannel, type Channel } from "../../engine/channel.js";
import { portTransport, type Port } from "../../engine/channelPort.js";
import type { HostEvents, HostRequests, NoRequests, PanelEvents } from "../../engine/protocol.js";

interface CodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): CodeApi;

export type HostChannel = Channel<HostRequests, PanelEvents, HostEvents>;

export interface Host extends HostChannel {
  /** What `saveState` was last given, also after a reload or restart of VS Code; `undefined` at the first opening. */
  readonly savedState: unknown;
  /** Must be plain data. Written soon after the last call, so it may be called at every drag. */
  readonly saveState: (state: unknown) => void;
}

/** Opens the channel to the host. Call once, before anything is asked. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  const port: Port = {
    post: (message) => api.postMessage(message),
    listen: (listener) => {
      const heard = (event: MessageEvent): void => listener(event.data);
      window.addEventListener("message", heard);
      return { dispose: () => window.removeEventListener("message", heard) };
    },
  };
  const { reader, writer } = portTransport(port);
  const channel = openChannel<NoRequests, HostRequests, PanelEvents, HostEvents>(
    createMessageConnection(reader, writer),
    {},
    { requests: {}, events: "trusted", refused: () => undefined },
  );
  window.addEventListener("error", (event) => reportError(channel, event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => reportError(channel, event.reason));
  return { ...channel, savedState: api.getState(), saveState: soon((state) => api.setState(state)) };
}

/** Text of whatever was thrown, for a person. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function reportError(channel: HostChannel, thrown: unknown): void {
  channel.tell("error", {
    message: messageOf(thrown),
    ...(thrown instanceof Error && thrown.stack ? { stack: thrown.stack } : {}),
  });
}

function soon<Value>(act: (value: Value) => void): (value: Value) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pending: Value;
  const flush = (): void => {
    timer = undefined;
    act(pending);
  };
  // A page that goes away takes its timers along: what is pending is written first.
  window.addEventListener("pagehide", () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    flush();
  });
  return (value) => {
    pending = value;
    timer ??= setTimeout(flush, 200);
  };
}
