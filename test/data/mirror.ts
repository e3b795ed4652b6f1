// A mirror of several files on the loopback address, each of which may misbehave in its own way.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { badServer, type BadServer, type Misbehaviour } from "../support/badServer.js";

export interface Mirror {
  /** The folder's address, with the slash at its end. */
  readonly url: string;
  /** The server behind one file, which counts requests. */
  file(name: string): BadServer;
  close(): Promise<void>;
}

/** @param behave By file name; files that are not named behave well. */
export async function mirror(
  files: Readonly<Record<string, Buffer>>,
  behave: Readonly<Record<string, Misbehaviour>> = {},
): Promise<Mirror> {
  const servers = new Map<string, BadServer>();
  for (const [name, contents] of Object.entries(files)) {
    servers.set(name, await badServer(contents, behave[name] ?? { kind: "none" }));
  }
  const front = createServer((request, response) => {
    const target = servers.get((request.url ?? "").replace("/folder/", ""));
    if (target === undefined) response.writeHead(404).end();
    else response.writeHead(302, { location: target.url }).end();
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/folder/`,
    file: (name) => servers.get(name)!,
    close: async () => {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
      for (const server of servers.values()) await server.close();
    },
  };
}
