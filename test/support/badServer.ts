// An HTTP server on the loopback address that gives one file, and misbehaves the way real mirrors do.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Misbehaviour =
  /** Serves the file, with ranges and an ETag. */
  | { readonly kind: "none" }
  /** Cuts the connection after so many bytes of each of the first `times` answers. */
  | { readonly kind: "cut"; readonly after: number; readonly times: number; readonly ignoreRange?: boolean }
  /** Gives bytes of the right length and the wrong contents. */
  | { readonly kind: "wrongContents" }
  | { readonly kind: "status"; readonly status: number }
  /** Connects and never answers. */
  | { readonly kind: "silent" }
  /** Sends so many bytes, then nothing more. */
  | { readonly kind: "stalls"; readonly after: number }
  /** Always sends the whole file. */
  | { readonly kind: "ignoresRange" }
  | { readonly kind: "redirects"; readonly to: string };

export interface BadServer {
  readonly url: string;
  /** The Range header of each request in order; "" for a request of the whole. */
  readonly ranges: readonly string[];
  /** Bytes of bodies handed to the network. */
  readonly sent: () => number;
  close(): Promise<void>;
}

export async function badServer(contents: Buffer, misbehaviour: Misbehaviour): Promise<BadServer> {
  const ranges: string[] = [];
  let sent = 0;
  let cuts = 0;
  const etag = `"${createHash("sha256").update(contents).digest("hex").slice(0, 16)}"`;

  const server = createServer((request, response) => {
    const range = request.headers.range ?? "";
    ranges.push(range);
    switch (misbehaviour.kind) {
      case "silent":
        return;
      case "status":
        return void response.writeHead(misbehaviour.status).end("no");
      case "redirects":
        return void response.writeHead(302, { location: misbehaviour.to }).end();
      case "wrongContents":
        return give(request, response, Buffer.alloc(contents.length, 7), contents.length, false);
      case "ignoresRange":
        return give(request, response, contents, contents.length, true);
      case "stalls":
        return give(request, response, contents, misbehaviour.after, false);
      case "cut":
        if (cuts++ < misbehaviour.times) {
          give(request, response, contents, misbehaviour.after, misbehaviour.ignoreRange ?? false, true);
          return;
        }
        return give(request, response, contents, contents.length, misbehaviour.ignoreRange ?? false);
      case "none":
        return give(request, response, contents, contents.length, false);
    }
    misbehaviour satisfies never;
  });

  /** At most `limit` bytes of the body; then the end when that is all of it, else a cut or silence. */
  function give(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    limit: number,
    whole: boolean,
    cut = false,
  ): void {
    const from = whole ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const guard = request.headers["if-range"];
    const start = guard === undefined || guard === etag ? from : 0;
    if (start >= body.length && start > 0) return void response.writeHead(416).end();
    const rest = body.subarray(start);
    const headers: Record<string, string | number> = { "content-length": rest.length, etag };
    if (start > 0) headers["content-range"] = `bytes ${start}-${body.length - 1}/${body.length}`;
    response.writeHead(start > 0 ? 206 : 200, headers);
    response.flushHeaders();
    const part = rest.subarray(0, limit);
    sent += part.length;
    if (part.length === rest.length) response.end(part);
    else response.write(part, () => cut && response.destroy());
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/file`,
    ranges,
    sent: () => sent,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An address of this machine where nothing listens. */
export async function closedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/file`;
}
