// What one small operation costs through the addon, from JavaScript, beside TensorFlow's C interface alone. Goal: at most
// 4.5 us for an addition of four floats, its result wrapped and collected. Needs GRADTAPE_LIBTENSORFLOW and g++.
// Usage: node test/bench/nativeOp.mjs
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const library = process.env.GRADTAPE_LIBTENSORFLOW;
if (library === undefined) throw new Error("set GRADTAPE_LIBTENSORFLOW to a libtensorflow");
const count = 50_000;
const rounds = 7;
const goal = 4.5;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function measureRaw() {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-bench-"));
  try {
    const program = path.join(folder, "nativeOp");
    const run = (command, parameters) => {
      const { status, stdout, stderr } = spawnSync(command, parameters, {
        encoding: "utf8",
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" },
      });
      if (status !== 0) throw new Error(`${path.basename(command)} failed: ${stderr}`);
      return stdout;
    };
    run(process.env.CXX ?? "g++", ["-std=c++17", "-O2", path.join(here, "nativeOp.cc"), "-o", program, "-ldl"]);
    const lines = run(program, [library, String(count), String(rounds)])
      .trim()
      .split("\n");
    const [fresh, reset] = [0, 1].map((column) => median(lines.map((line) => Number(line.split(" ")[column]))));
    return { fresh, reset };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class Owner {
  id = 0;
}

function measureAddon() {
  const native = createRequire(import.meta.url)("../../dist/native/gradtape.node").gradtape;
  native.load({ library, cpuDevices: 1, gpuMemoryGrowth: true });
  const type = { name: "T", type: "type", value: 1 };
  const add = native.defineKernel({ op: "AddV2", attrs: [type], listInput: -1, inputs: 2, outputs: 1 });
  const x = new Owner();
  x.id = native.create(1, [4], 0, x, new Float32Array(4));
  const round = () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) {
      const owner = new Owner();
      owner.id = native.execute(add, 0, owner, x.id, x.id);
    }
    return Number(process.hrtime.bigint() - start) / 1e3 / count;
  };
  round();
  const plain = median(Array.from({ length: rounds }, round));
  const folder = mkdtempSync(path.join(os.tmpdir(), "gradtape-bench-"));
  native.openRecorder(folder);
  const recorded = median(Array.from({ length: rounds }, round));
  native.closeRecorder();
  rmSync(folder, { recursive: true });
  return { plain, recorded };
}

const raw = measureRaw();
const addon = measureAddon();
const row = (name, us) => console.log(`${name.padEnd(44)} ${us.toFixed(2)} us`);
console.log(
  `AddV2 of 4 floats, medians of ${rounds} rounds of ${count}, Node ${process.versions.node}, ${os.cpus()[0].model}`,
);
row("C interface, a new TFE_Op each time", raw.fresh);
row("C interface, TFE_OpReset each time", raw.reset);
row("addon from JavaScript", addon.plain);
row("addon from JavaScript, recorder open", addon.recorded);
if (addon.plain > goal) {
  console.error(`the goal is ${goal} us`);
  process.exitCode = 1;
}
