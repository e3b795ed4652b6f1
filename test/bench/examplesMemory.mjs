// 5,000 steps of each example at a small batch, as `gradtape train` runs it: resident memory after the first 500 steps
// against the most it ever has later. Read from outside, since a synchronous loop gives no timer a turn.
//   npm run bench -- examplesMemory
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const examples = {
  mnist: ["--batch-size", "16", "--epochs", "10", "--save-interval", "5000"],
  "rnn-tbptt": ["--streams", "4", "--window", "8", "--hidden", "32", "--epochs", "200"],
  gan: ["--batch-size", "16", "--steps", "5500"],
  a2c: ["--poles", "2", "--horizon", "4", "--updates", "5500"],
  finetune: ["--batch-size", "1"],
};
const only = process.argv.slice(2).filter((name) => name in examples);

for (const [name, args] of Object.entries(examples)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const folder = mkdtempSync(join(tmpdir(), "gradtape-memory-"));
  const command = [resolve("dist/engine/cli.js"), "train", resolve(`examples/${name}.ts`), ...args];
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const seen = [];
  const poll = setInterval(() => {
    const rss = rssOf(child.pid);
    if (rss > 0) seen.push({ rss, events: eventsIn(folder) });
  }, 100);
  const code = await new Promise((done) => child.on("exit", done));
  clearInterval(poll);
  if (code !== 0) throw new Error(`${name}: exit code ${code}`);
  // Events grow evenly with the steps: after a tenth of them 500 of 5,000 steps were done.
  const all = seen.at(-1).events;
  const later = seen.filter(({ events }) => events >= all / 10).map(({ rss }) => rss);
  const growth = Math.max(...later.slice(1)) / later[0] - 1;
  const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  console.log(
    `${name}: RSS ${mib(later[0])} after a tenth, at most ${mib(Math.max(...later))} later: ${(100 * growth).toFixed(1)} % growth (about ${all} events)`,
  );
  rmSync(folder, { recursive: true, force: true });
}

function rssOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return 0;
  }
}

/** The number of records, from the header of events.bin. */
function eventsIn(folder) {
  try {
    const runs = join(folder, ".gradtape", "runs");
    const [run] = readdirSync(runs).filter((entry) => /^\d/.test(entry));
    return Number(readFileSync(join(runs, run, "events.bin")).readBigUInt64LE(16));
  } catch {
    return 0;
  }
}
