// Engine processes and the extension host meet here: a Unix socket in a folder of its own (or a named pipe), and a token
// per run, valid once. The host listens and invites; the engine's reporter connects. Opens no TCP port.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMessageConnection } from "vscode-jsonrpc/node";
import { type Channel, type Handlers, openChannel } from "./channel.js";
import type { EngineEvents, EngineRequests, NoEvents, NoRequests } from "./protocol.js";
import { engineEventValidators, engineRequestValidators } from "./protocolSchemas.js";
import { socketTransport } from "./socketTransport.js";

/** The environment variables that lead an engine process to its host. */
export const socketVariable = "GRADTAPE_SOCKET";
export const tokenVariable = "GRADTAPE_TOKEN";

/** The kernel's limit for a Unix socket's path, its final zero apart. */
const longestSocketPath = process.platform === "darwin" ? 103 : 107;
/** A connection that does not say hello within this time is none of ours. */
const helloMs = 10_000;
/** Connections that have not said hello yet, at most. */
const waitingLimit = 64;

/** The host's end: asks `EngineRequests`, hears `EngineEvents`. */
export type EngineChannel = Channel<EngineRequests, NoEvents, EngineEvents>;
/** The reporter's end. */
export type HostChannel = Channel<NoRequests, EngineEvents, NoEvents>;

export interface ConnectedRun {
  readonly folder: string;
  readonly pid: number;
  readonly channel: EngineChannel;
}

export interface Invitation {
  /** What the engine process needs in its environment. */
  readonly environment: Readonly<Record<typeof socketVariable | typeof tokenVariable, string>>;
  /** The token is no longer valid, unless it was used already. */
  cancel(): void;
}

export interface RunsListener {
  /** Path of the socket. */
  readonly path: string;
  /**
   * Expects one run. `onRun` is called when it says hello; listeners added to the channel then and there miss nothing.
   * With `again` the token holds until it is cancelled: a debugger restarts a program in the environment it had.
   */
  invite(onRun: (run: ConnectedRun) => void, options?: { readonly again?: boolean }): Invitation;
  /** Ends all connections; the socket and its folder are removed. */
  dispose(): void;
}

/** Listens for engine processes. @throws when the socket cannot be made. */
export async function listenForRuns(): Promise<RunsListener> {
  const { path, remove } = socketPath();
  const invited = new Map<string, { readonly onRun: (run: ConnectedRun) => void; readonly again: boolean }>();
  const sockets = new Set<Socket>();
  let waiting = 0;

  const server = createServer((socket) => {
    if (waiting >= waitingLimit) return void socket.destroy();
    waiting++;
    sockets.add(socket);
    const settled = once(() => waiting--);
    socket.on("close", () => {
      sockets.delete(socket);
      settled();
    });
    receive(socket, (token) => {
      const guest = invited.get(token);
      if (guest?.again === false) invited.delete(token);
      settled();
      return guest?.onRun;
    });
  });
  await listening(server, path).catch((error: unknown) => {
    remove();
    throw error;
  });

  return {
    path,
    invite: (onRun, { again = false } = {}) => {
      const token = randomBytes(32).toString("hex");
      invited.set(token, { onRun, again });
      return {
        environment: { [socketVariable]: path, [tokenVariable]: token },
        cancel: () => void invited.delete(token),
      };
    },
    dispose: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      invited.clear();
      remove();
    },
  };
}

/** Waits for hello on a fresh connection; one with an unknown token, or with none in time, is cut without a word. */
function receive(socket: Socket, admit: (token: string) => ((run: ConnectedRun) => void) | undefined): void {
  const { reader, writer } = socketTransport(socket);
  const connection = createMessageConnection(reader, writer);
  connection.onError(() => socket.destroy());
  let greeted = false;
  const channel: EngineChannel = openChannel<NoRequests, EngineRequests, NoEvents, EngineEvents>(
    connection,
    {},
    {
      requests: {},
      events: engineEventValidators,
      // An engine of another version may tell of a run in its own way: that is left out, and the rest is heard.
      refused: () => {
        if (!greeted) socket.destroy();
      },
    },
  );
  const timer = setTimeout(() => socket.destroy(), helloMs);
  timer.unref();
  socket.on("close", () => clearTimeout(timer));
  channel.hear("hello", ({ token, folder, pid }) => {
    clearTimeout(timer);
    try {
      // 256 random bits looked up whole: nothing to be learned from how long a wrong one takes.
      const onRun = greeted ? undefined : admit(token);
      greeted = true;
      if (!onRun) return void socket.destroy();
      onRun({ folder, pid, channel });
    } catch {
      socket.destroy();
    }
  });
}

/**
 * The reporter's way to the host: connects and says hello.
 * @throws when nobody listens there.
 */
export async function connectToHost(
  path: string,
  hello: EngineEvents["hello"],
  handlers: Handlers<EngineRequests>,
): Promise<{ readonly channel: HostChannel; readonly socket: Socket }> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const trying = connect(path);
    trying.once("error", reject);
    trying.once("connect", () => {
      trying.off("error", reject);
      resolve(trying);
    });
  });
  const { reader, writer } = socketTransport(socket);
  const connection = createMessageConnection(reader, writer);
  connection.onError(() => socket.destroy());
  const channel = openChannel<EngineRequests, NoRequests, EngineEvents, NoEvents>(connection, handlers, {
    requests: engineRequestValidators,
    events: {},
    refused: () => socket.destroy(),
  });
  channel.tell("hello", hello);
  return { channel, socket };
}

/** A fresh folder that only this user may enter, with a socket's path in it that the kernel accepts. */
function socketPath(): { readonly path: string; readonly remove: () => void } {
  if (process.platform === "win32") {
    return { path: `\\\\.\\pipe\\gradtape-${randomBytes(16).toString("hex")}`, remove: () => undefined };
  }
  const bases = [process.env.XDG_RUNTIME_DIR, tmpdir(), "/tmp"];
  const tried: string[] = [];
  for (const base of bases) {
    if (!base || Buffer.byteLength(join(base, "gradtape-XXXXXX", "host")) > longestSocketPath) continue;
    try {
      const folder = mkdtempSync(join(base, "gradtape-")); // made with mode 0700
      return { path: join(folder, "host"), remove: () => rmSync(folder, { recursive: true, force: true }) };
    } catch (error) {
      tried.push(`${base}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `runs: expected a folder with a short path for a socket, got none (${tried.join("; ") || "all too long"})`,
  );
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
