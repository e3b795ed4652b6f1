// A training loop that never yields, in several tempers (argv[3]).
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { loadAddon } from "../../../engine/native/load.js";

const native = loadAddon();
const [folder, temper] = process.argv.slice(2);
const say = (text: string) => writeSync(1, `${text}\n`);
native.openRecorder(folder);

switch (temper) {
  case "worker":
    new Worker(new URL("./requestStop.mjs", import.meta.url), { execArgv: [] });
    for (;;);
  case "signals":
    native.stopOnSignals(300);
    say("ready");
    for (;;);
  case "patient":
    native.stopOnSignals(60_000);
    say("ready");
    while (!native.stopRequested());
    say("seen");
    for (;;);
  case "acknowledge": {
    native.stopOnSignals(200);
    say("ready");
    while (!native.stopRequested());
    native.acknowledgeStop();
    say("saving");
    // Longer than the grace.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    say("saved after the grace");
    process.exit(7);
  }
}
