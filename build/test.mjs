// `npm test`: sets up what is missing, then every check and every test, each group by itself with its time. The last line
// is "N passed, N failed". Arguments select groups, folders or files: `npm test -- engine`, `npm test -- test/native/x.test.ts`.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { checks } from "./checks.mjs";
import { filesBelow } from "./stamps.mjs";
import { setup } from "./setup.mjs";
import { cacheFolder, exitWith, repository, runSteps, StepError } from "./steps.mjs";

/** Groups that need a browser, and a workbench in it. */
const inBrowser = new Set(["webview", "extension", "endToEnd"]);
/** Folders of test/ that hold no tests. */
const noTests = new Set(["support", "golden", "bench", "output"]);
/** The quick ones first, the journeys last; folders not named here come between. */
const order = ["structure", "unit", "native", "engine"];
const longestGroupMs = 20 * 60_000;

await exitWith(async () => {
  const selected = process.argv.slice(2);
  const groups = chooseGroups(selected);
  await setup();
  const workbench = groups.some(({ name }) => inBrowser.has(name)) ? await prepareWorkbench() : undefined;
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const group of groups) {
    console.log(`\n== ${group.name}`);
    const start = performance.now();
    const result = inBrowser.has(group.name) && workbench ? refuse(workbench) : await group.run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : "";
    console.log(`== ${group.name}: ${result.passed} passed, ${result.failed} failed${skipped} in ${seconds} s`);
    for (const key of Object.keys(total)) total[key] += result[key];
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
});

/** @typedef {{ name: string, run: () => Promise<{ passed: number, failed: number, skipped: number }> }} Group */

/** @returns {readonly Group[]} */
function chooseGroups(selected) {
  const all = [...checks.map(checkGroup), ...mochaGroups()];
  if (selected.length === 0) return all;
  return selected.flatMap((word) => {
    const path = resolve(repository, word);
    if (existsSync(path) && statSync(path).isFile()) return [mochaGroup(relative(repository, path), [path])];
    const named = all.filter(({ name }) => name === word || name === word.replace(/^test\/|\/$/g, ""));
    if (named.length > 0) return named;
    if (existsSync(path)) return [mochaGroup(word, testsBelow(relative(repository, path)))];
    throw new StepError(
      `test: expected a file, a folder or one of ${all.map(({ name }) => name).join(", ")}, got ${word}`,
    );
  });
}

function checkGroup({ name, run }) {
  return {
    name,
    run: async () => {
      const result = await run();
      if (result === "skipped") console.log("skipped: the tool is not installed");
      return count(result === true ? 1 : 0, result === false ? 1 : 0, result === "skipped" ? 1 : 0);
    },
  };
}

function mochaGroups() {
  const folders = readdirSync(join(repository, "test"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !noTests.has(entry.name))
    .map(({ name }) => name);
  const groups = [
    mochaGroup("structure", [join(repository, "test", "structure.test.ts")]),
    mochaGroup("unit", testsBelow("engine", "extension", "webview", "examples")),
    ...folders.map((name) => mochaGroup(name, testsBelow(`test/${name}`))),
  ];
  const last = [...inBrowser];
  const rank = ({ name }) => (order.includes(name) ? order.indexOf(name) : 100 + last.indexOf(name));
  return groups.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function testsBelow(...folders) {
  return filesBelow(folders, (path) => path.endsWith(".test.ts"));
}

function mochaGroup(name, files) {
  return { name, run: () => runMocha(name, files) };
}

async function runMocha(name, files) {
  if (files.length === 0) return refuse("there is no test in it");
  const counts = join(cacheFolder, `counts-${process.pid}.json`);
  const ended = await new Promise((done) => {
    const child = spawn(
      process.execPath,
      [
        ...["--import", "./build/typescript.mjs", "node_modules/mocha/bin/mocha.js"],
        // The limit is there to find what hangs, not what is slow: machines are shared.
        ...["--timeout", "20000", "--reporter", join(repository, "build", "countingReporter.cjs"), ...files],
      ],
      { cwd: repository, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, COUNTS_FILE: counts } },
    );
    const timer = setTimeout(() => child.kill("SIGKILL"), longestGroupMs);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      done({ code, signal });
    });
  });
  const { passes, failures, pending } = existsSync(counts)
    ? JSON.parse(readFileSync(counts, "utf8"))
    : { passes: 0, failures: 0, pending: 0 };
  rmSync(counts, { force: true });
  if (ended.code !== 0 && failures === 0) {
    return refuse(`${name} ended with ${ended.signal ?? ended.code} before it could report`, passes);
  }
  if (passes + failures === 0) return refuse("no test ran in it");
  return count(passes, failures, pending);
}

function refuse(reason, passed = 0) {
  console.log(reason);
  return count(passed, 1);
}

function count(passed, failed, skipped = 0) {
  return { passed, failed, skipped };
}

/** Installs the workbench and the browser; returns why that was not possible. */
async function prepareWorkbench() {
  await import("./typescript.mjs");
  const { workbenchIsThere, installWorkbench } = await import("../test/support/installWorkbench.ts");
  try {
    await runSteps([{ name: "workbench", isDone: workbenchIsThere, run: installWorkbench }]);
    return undefined;
  } catch (error) {
    return error.message;
  }
}
