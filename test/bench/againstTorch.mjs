// A benchmark of one step against PyTorch's on the same machine: rounds alternate between the two, each in a process of its
// own, so that a busy machine disturbs both alike; medians and spreads are printed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cacheFolder } from "../../dist/engine/library.js";

const torchVersion = "2.13.0";

/** A Python with the pinned PyTorch (CPU), in a private venv; undefined when it cannot be had. */
function pythonWithTorch() {
  const venv = join(cacheFolder(), `bench-torch-${torchVersion}`);
  const python = join(venv, "bin", "python");
  try {
    if (!existsSync(python)) {
      mkdirSync(cacheFolder(), { recursive: true });
      console.log(`installing torch ${torchVersion} (CPU) into ${venv} …`);
      execFileSync("python3", ["-m", "venv", venv], { stdio: "inherit" });
    }
    execFileSync(python, ["-m", "pip", "install", "-q", `torch==${torchVersion}`, "numpy"], { stdio: "inherit" });
    return python;
  } catch (error) {
    console.log(`no PyTorch to compare with: ${error.message.split("\n")[0]}`);
    return undefined;
  }
}

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (command, args) => Number(execFileSync(command, args, { encoding: "utf8" }).trim());
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const text = (list) =>
  `${median(list).toFixed(2)} (${Math.min(...list).toFixed(2)} to ${Math.max(...list).toFixed(2)})`;

/**
 * Options of the command line: `--rounds 7`, `--python FILE` with PyTorch.
 * @param ours a file beside this one that prints its ms per step
 * @param theirs the same in Python
 */
export function compareStep(ours, theirs) {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "7" }, python: { type: "string" } },
  });
  const python = values.python ?? pythonWithTorch();
  const gradtape = [];
  const torch = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    gradtape.push(run(process.execPath, [here(ours)]));
    if (python) torch.push(run(python, [here(theirs)]));
  }
  console.log(`ms per step, median (spread) of ${values.rounds} interleaved rounds:`);
  console.log(`  gradtape      ${text(gradtape)}`);
  if (python) {
    console.log(`  PyTorch ${torchVersion}  ${text(torch)}`);
    console.log(`  ratio         ${text(gradtape.map((ms, i) => ms / torch[i]))}`);
  }
}
