// The postMessage transport of a Channel: whole JSON-RPC messages as structured clones, so typed arrays stay bytes.
// The same two classes serve a webview page and the extension host; neither is named here.
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc";

/** One end of a message port: `post` sends a structured clone, `listen` hears what the other end posts. */
export interface Port {
  readonly post: (message: unknown) => void;
  readonly listen: (listener: (message: unknown) => void) => Disposable;
}

class PortReader extends AbstractMessageReader implements MessageReader {
  constructor(private readonly port: Port) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    return this.port.listen((message) => {
      if (isMessage(message)) callback(message);
    });
  }
}

class PortWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly port: Port) {
    super();
  }

  write(message: Message): Promise<void> {
    this.port.post(message);
    return Promise.resolve();
  }

  end(): void {}
}

const isMessage = (message: unknown): message is Message =>
  typeof message === "object" && message !== null && (message as { jsonrpc?: unknown }).jsonrpc === "2.0";

/** Reader and writer for `createMessageConnection` of `vscode-jsonrpc/browser` or `vscode-jsonrpc/node`. */
export const portTransport = (port: Port): { reader: MessageReader; writer: MessageWriter } => ({
  reader: new PortReader(port),
  writer: new PortWriter(port),
});
