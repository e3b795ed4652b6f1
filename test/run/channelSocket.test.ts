// The socket between the extension host and the engine: who gets in, what happens to those who do not, and to messages
// that are none.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { encodeMessage } from "../../engine/channelCodec.js";
import {
  type ConnectedRun,
  connectToHost,
  listenForRuns,
  type RunsListener,
  socketVariable,
  tokenVariable,
} from "../../engine/channelSocket.js";
import type { Handlers } from "../../engine/channel.js";
import type { EngineRequests, Page, TensorRef } from "../../engine/protocol.js";
import { largestMessage, messageCutter } from "../../engine/socketTransport.js";

const page: Page = { rows: 1, columns: 3, values: Float64Array.of(1.5, NaN, -0) };
const tensor: TensorRef = {
  id: 1,
  dtype: "float32",
  shape: [3],
  layout: "strided",
  device: "cpu",
  requiresGrad: false,
};
const window = { tensor, rowAxis: 0, columnAxis: 0, index: [0] };

const handlers: Handlers<EngineRequests> = {
  "run.stop": () => ({ accepted: true }),
  "tensor.stats": () => {
    throw new Error("tensor.stats: expected a live tensor, got a stale id");
  },
  "tensor.page": () => page,
  "tensor.image": () => page,
};

describe("the socket between host and engine", function () {
  this.timeout(15_000);
  let listener: RunsListener;
  const sockets: Socket[] = [];
  beforeEach(async () => (listener = await listenForRuns()));
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    listener.dispose();
  });

  const raw = async (): Promise<Socket> => {
    const socket = connect(listener.path);
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  };
  const framed = (message: unknown): Buffer => {
    const body = encodeMessage(message);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(body.byteLength);
    return Buffer.concat([prefix, body]);
  };
  const hello = (token: unknown) =>
    framed({ jsonrpc: "2.0", method: "hello", params: { token, folder: "/x", pid: 1 } });

  const meet = async (): Promise<{ run: ConnectedRun; engine: Awaited<ReturnType<typeof connectToHost>> }> => {
    const arrived = new Promise<ConnectedRun>((resolve) => {
      const { environment } = listener.invite(resolve);
      const token = environment[tokenVariable];
      void connectToHost(environment[socketVariable], { token, folder: "/runs/a", pid: 42 }, handlers).then(
        (engine) => {
          sockets.push(engine.socket);
          met = engine;
        },
      );
    });
    let met: Awaited<ReturnType<typeof connectToHost>> | undefined;
    const run = await arrived;
    assert.ok(met);
    return { run, engine: met };
  };

  it("lies in a folder that only this user may enter", () => {
    assert.equal(statSync(dirname(listener.path)).mode & 0o777, 0o700);
    assert.ok(Buffer.byteLength(listener.path) <= 107);
    listener.dispose();
    assert.equal(existsSync(dirname(listener.path)), false);
  });

  it("brings both sides together, typed arrays as they are", async () => {
    const { run, engine } = await meet();
    assert.deepEqual([run.folder, run.pid], ["/runs/a", 42]);
    const query = { ...window, rowStart: 0, rowCount: 1, columnStart: 0, columnCount: 3 };
    assert.deepEqual(await run.channel.ask("tensor.page", query), page);
    const metrics = [
      { name: "loss", steps: Float64Array.of(1), values: Float64Array.of(0.5), times: Float64Array.of(2) },
    ];
    const heard = new Promise((resolve) => run.channel.hear("run.metrics", resolve));
    engine.channel.tell("run.metrics", { metrics });
    assert.deepEqual(await heard, { metrics });
  });

  it("leaves out an event of another shape, and hears the next", async () => {
    const { run, engine } = await meet();
    const heard: unknown[] = [];
    const next = new Promise<void>((resolve) =>
      run.channel.hear("run.checkpoint", (fields) => {
        heard.push(fields);
        resolve();
      }),
    );
    const checkpoint = { file: "/c/1.safetensors", step: 1, bytes: 8 };
    engine.channel.tell("run.checkpoint", { checkpoint: { ...checkpoint, step: -1 } });
    engine.channel.tell("run.checkpoint", { checkpoint });
    await next;
    assert.deepEqual(heard, [{ checkpoint }]);
  });

  it("rejects a request that fails, with the same words", async () => {
    const { run } = await meet();
    await assert.rejects(
      run.channel.ask("tensor.stats", { tensor, bins: 4 }),
      /expected a live tensor, got a stale id/,
    );
  });

  it("checks what is asked before it is answered", async () => {
    const { run } = await meet();
    await assert.rejects(run.channel.ask("tensor.stats", { tensor, bins: -1 }), /tensor\.stats: bins/);
  });

  it("tells when the other side is gone", async () => {
    const { run, engine } = await meet();
    const closed = new Promise<void>((resolve) => run.channel.onClose(resolve));
    engine.socket.destroy();
    await closed;
    await assert.rejects(run.channel.ask("run.stop", {}), /closed|disposed/);
  });

  it("refuses an unknown token, and a known one the second time", async () => {
    let met = 0;
    const { environment } = listener.invite(() => met++);
    const stranger = await raw();
    stranger.write(hello("0".repeat(64)));
    await once(stranger, "close");
    assert.equal(met, 0);

    const first = await raw();
    first.write(hello(environment[tokenVariable]));
    const second = await raw();
    second.write(hello(environment[tokenVariable]));
    await Promise.race([once(second, "close"), once(first, "close")]);
    assert.equal(met, 1, "a token is good for one connection");
  });

  it("refuses a token that was taken back", async () => {
    let met = 0;
    const { environment, cancel } = listener.invite(() => met++);
    cancel();
    const socket = await raw();
    socket.write(hello(environment[tokenVariable]));
    await once(socket, "close");
    assert.equal(met, 0);
  });

  const nonsense: readonly (readonly [what: string, bytes: Buffer])[] = [
    ["a token that is no text", hello({ length: 64 })],
    ["a message over the limit", Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ["bytes that are no message", Buffer.concat([Buffer.from([4, 0, 0, 0]), Buffer.from([0xc1, 0xc1, 0xc1, 0xc1])])],
    ["a message that is no JSON-RPC", framed({ hello: 1 })],
    ["a request of another protocol", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ];
  for (const [what, bytes] of nonsense) {
    it(`ends a connection that sends ${what}`, async () => {
      const socket = await raw();
      socket.write(bytes);
      await once(socket, "close");
      // The listener still serves others.
      await meet();
    });
  }

  it("cuts a stream into messages wherever its chunks end", () => {
    const messages = [Buffer.from("a"), Buffer.alloc(0), Buffer.from("longer than a chunk")];
    const stream = Buffer.concat(
      messages.flatMap((message) => {
        const prefix = Buffer.alloc(4);
        prefix.writeUInt32LE(message.byteLength);
        return [prefix, message];
      }),
    );
    for (let size = 1; size <= stream.length; size++) {
      const cutter = messageCutter(largestMessage);
      const cut: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) cut.push(...cutter.push(stream.subarray(at, at + size)));
      assert.deepEqual(
        cut.map((bytes) => Buffer.from(bytes).toString()),
        messages.map(String),
        `chunks of ${size}`,
      );
    }
  });
});
