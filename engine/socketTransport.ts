// The socket transport of a Channel: each message is its length (u32, little-endian) and that many bytes of MessagePack.
// A message over the limit ends the connection before it is held in memory. Knows no message by name.
import type { Socket } from "node:net";
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";
import { decodeMessage, encodeMessage } from "./channelCodec.js";

/** Bytes of the largest message: a tensor's page or a burst of metrics is far below. */
export const largestMessage = 64 * 2 ** 20;
const prefixBytes = 4;

/** Cuts a stream into messages. `push` takes what arrived and gives what is complete. */
export function messageCutter(limit: number): { push(chunk: Uint8Array): Uint8Array[] } {
  let parts: Uint8Array[] = [];
  let held = 0;

  const take = (count: number): Uint8Array => {
    const joined = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    parts = joined.byteLength > count ? [joined.subarray(count)] : [];
    held = joined.byteLength - count;
    return joined.subarray(0, count);
  };
  let expected: number | undefined;

  return {
    push: (chunk) => {
      parts.push(chunk);
      held += chunk.byteLength;
      const complete: Uint8Array[] = [];
      for (;;) {
        if (expected === undefined) {
          if (held < prefixBytes) return complete;
          const prefix = take(prefixBytes);
          expected = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes).getUint32(0, true);
          if (expected > limit) throw new Error(`message: expected at most ${limit} bytes, got ${expected}`);
        }
        if (held < expected) return complete;
        complete.push(take(expected));
        expected = undefined;
      }
    },
  };
}

class SocketReader extends AbstractMessageReader implements MessageReader {
  constructor(
    private readonly socket: Socket,
    private readonly limit: number,
  ) {
    super();
    socket.on("error", (error) => this.fireError(error));
    socket.on("close", () => this.fireClose());
  }

  listen(callback: DataCallback): Disposable {
    const cutter = messageCutter(this.limit);
    const onData = (chunk: Buffer) => {
      try {
        for (const bytes of cutter.push(chunk)) callback(asMessage(decodeMessage(bytes)));
      } catch (error) {
        // After a broken message nothing that follows can be trusted.
        this.fireError(error);
        this.socket.destroy();
      }
    };
    this.socket.on("data", onData);
    return { dispose: () => void this.socket.off("data", onData) };
  }
}

class SocketWriter extends AbstractMessageWriter implements MessageWriter {
  private failures = 0;

  constructor(private readonly socket: Socket) {
    super();
    socket.on("error", (error) => this.fireError(error, undefined, ++this.failures));
    socket.on("close", () => this.fireClose());
  }

  write(message: Message): Promise<void> {
    const body = encodeMessage(message);
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt32LE(body.byteLength);
    return new Promise((resolve, reject) => {
      this.socket.cork();
      this.socket.write(prefix);
      this.socket.write(body, (error) => (error ? reject(error) : resolve()));
      this.socket.uncork();
    });
  }

  end(): void {
    this.socket.end();
  }
}

function asMessage(value: unknown): Message {
  if (typeof value === "object" && value !== null && (value as { jsonrpc?: unknown }).jsonrpc === "2.0") {
    return value as Message;
  }
  throw new Error("message: expected JSON-RPC 2.0");
}

/** Reader and writer for `createMessageConnection`. */
export const socketTransport = (
  socket: Socket,
  limit = largestMessage,
): { reader: MessageReader; writer: MessageWriter } => ({
  reader: new SocketReader(socket, limit),
  writer: new SocketWriter(socket),
});
