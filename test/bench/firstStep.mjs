// From the start of the process (a click on Train) to the first step of the MNIST example, in ms.
//   npm run bench -- firstStep
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

function once() {
  const runs = mkdtempSync(join(tmpdir(), "gradtape-bench-"));
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [path("dist/engine/cli.js"), "train", path("examples/mnist.ts")], {
      env: { ...process.env, GRADTAPE_RUNS: runs },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.on("error", reject);
    child.stdout.once("data", () => {
      resolve(performance.now() - start);
      child.kill("SIGKILL");
    });
    child.on("exit", () => rmSync(runs, { recursive: true, force: true }));
  });
}

const times = [];
for (let i = 0; i < 5; i++) times.push(await once());
times.sort((a, b) => a - b);
console.log(
  `first line of progress after ${times[2].toFixed(0)} ms (${times[0].toFixed(0)} to ${times[4].toFixed(0)})`,
);
