// The reporter: a thread of the engine process that owns the socket to the extension host. It reads the run's files, as
// any panel could, and tells what is new; so a loop that never yields still reports, and a process that stands at a
// breakpoint still answers. It shares nothing with the main thread but the addon's tables.
import { join } from "node:path";
import { statSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { connectToHost, type HostChannel } from "../channelSocket.js";
import type { Handlers } from "../channel.js";
import { imageOf, pageOf } from "../inspect/page.js";
import type { RawTensor } from "../inspect/rawTensor.js";
import { statsOf } from "../inspect/stats.js";
import type { NativeBinding } from "../native/binding.js";
import { loadAddon } from "../native/load.js";
import type { EngineRequests, TensorRef } from "../protocol.js";
import { pointsOf } from "../runs/metrics.js";
import { progressMeter } from "../runs/progress.js";
import { readEvents, readRecorder } from "../runs/readFiles.js";
import { readRecord } from "../runs/runFolder.js";
import { isAlive } from "../runs/runState.js";
import type { RunEvent } from "../runs/eventsFormat.js";
import type { ReporterData } from "./reporterThread.js";
import { stopGraceMs } from "./stop.js";

const pollMs = 50;
/** A host that is this far behind is told no more until it has caught up; nothing is lost, for the files keep it. */
const mostUnsent = 8 * 2 ** 20;

const { socket: path, token, folder, pid, ended } = workerData as ReporterData;

await report();

async function report(): Promise<void> {
  const native = loadAddon();
  const { channel, socket } = await connectToHost(path, { token, folder, pid }, handlersFor(native));
  const tell = teller(channel, native);
  const poll = () => {
    if (socket.writableLength < mostUnsent) tell();
  };
  const timer = setInterval(poll, pollMs);
  poll();

  const finish = () => {
    clearInterval(timer);
    Atomics.store(new Int32Array(ended), 0, 1);
    Atomics.notify(new Int32Array(ended), 0);
    process.exit();
  };
  // Without a host there is nothing to do; the run goes on.
  socket.on("close", finish);
  parentPort?.on("message", () => {
    clearInterval(timer);
    tell();
    socket.end(finish);
  });
}

/** Each call tells what is new since the last. */
function teller(channel: HostChannel, native: NativeBinding): () => void {
  const eventsFile = join(folder, "events.bin");
  const recorderFile = join(folder, "recorder.bin");
  const meter = progressMeter();
  let strings: readonly string[] = [];
  let next = 0;
  let seenRecord = "";

  const nameOf = (id: number): string => {
    if (id >= strings.length) strings = readRecorder(recorderFile)?.strings ?? strings;
    return strings[id] ?? "";
  };

  const tellRecord = () => {
    const stopping = native.stopRequested();
    const stat = statSync(join(folder, "run.json"), { throwIfNoEntry: false });
    const seen = `${stat?.ino} ${stat?.mtimeMs} ${stat?.size} ${stopping}`;
    if (!stat || seen === seenRecord) return;
    const record = readRecord(folder);
    if (!record) return;
    seenRecord = seen;
    channel.tell("run.record", { record: isAlive(record) && stopping ? { ...record, state: "stopping" } : record });
  };

  const tellEvents = (events: readonly RunEvent[]) => {
    let moved = false;
    for (const { kind, name, step, time, value, value2 } of events) {
      if (kind === "step") meter.step(nameOf(name), step, value, value2, time);
      else if (kind === "epoch") meter.epoch(nameOf(name), value, value2, time);
      else if (kind === "checkpoint") {
        const file = join(folder, "checkpoints", `${step}.safetensors`);
        channel.tell("run.checkpoint", { checkpoint: { file, step, bytes: value } });
      }
      moved ||= kind === "step" || kind === "epoch";
    }
    const metrics = pointsOf(events, nameOf);
    if (metrics.length > 0) channel.tell("run.metrics", { metrics });
    const progress = moved ? meter.progress() : undefined;
    if (progress) channel.tell("run.progress", { progress });
  };

  return () => {
    tellRecord();
    for (let more = true; more;) {
      const read = readEvents(eventsFile, next);
      ({ next, more } = read);
      if (read.events.length > 0) tellEvents(read.events);
    }
  };
}

function handlersFor(native: NativeBinding): Handlers<EngineRequests> {
  return {
    "run.stop": () => {
      native.requestStop(stopGraceMs);
      return { accepted: true };
    },
    "tensor.stats": ({ tensor, bins }) => statsOf(rawOf(native, tensor), bins),
    "tensor.page": ({ tensor, ...window }) => pageOf(rawOf(native, tensor), window),
    "tensor.image": ({ tensor, ...window }) => imageOf(rawOf(native, tensor), window),
  };
}

const rawOf = (native: NativeBinding, { id, dtype, shape, layout }: TensorRef): RawTensor => ({
  data: native.view(id),
  dtype,
  shape,
  layout,
});
