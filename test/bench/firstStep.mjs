// From the start of the process (a click on Train) to the first step of the MNIST example, in ms.
//   npm run bench -- firstStep
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** Whether a run in this folder has recorded a step: kind 2 of docs/run-folder.md. */
function stepped(runs) {
  for (const run of readdirSync(runs)) {
    try {
      const file = openSync(join(runs, run, "events.bin"), "r");
      const bytes = Buffer.alloc(64 + 40 * 16);
      const read = readSync(file, bytes, 0, bytes.length, 0);
      closeSync(file);
      const count = read < 64 ? 0 : Math.min(16, Number(bytes.readBigUInt64LE(16)));
      for (let i = 0; i < count; i++) if (bytes[64 + 40 * i] === 2) return true;
    } catch {
      // Not there yet.
    }
  }
  return false;
}

async function once() {
  const runs = mkdtempSync(join(tmpdir(), "gradtape-bench-"));
  const start = performance.now();
  const child = spawn(process.execPath, [path("dist/engine/cli.js"), "train", path("examples/mnist.ts")], {
    env: { ...process.env, GRADTAPE_RUNS: runs },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!stepped(runs)) {
    if (child.exitCode !== null) throw new Error(`the example ended with ${child.exitCode} before its first step`);
    await delay(5);
  }
  const took = performance.now() - start;
  child.kill("SIGKILL");
  await ended;
  rmSync(runs, { recursive: true, force: true });
  return took;
}

const times = [];
for (let i = 0; i < 5; i++) times.push(await once());
times.sort((a, b) => a - b);
console.log(`first step done after ${times[2].toFixed(0)} ms (${times[0].toFixed(0)} to ${times[4].toFixed(0)})`);
