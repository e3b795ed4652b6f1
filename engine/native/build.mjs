// Builds the native addon with node-gyp into dist/native/gradtape.node and puts it in the place of tfjs-node's own
// binding. Needs a C++17 compiler, make and Python 3; says which is missing. Knows nothing of libtensorflow: the addon
// opens that at run time. Run directly, or called by the set-up.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import lockfile from "proper-lockfile";

const sources = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(sources, "../..");
const output = path.join(root, "dist", "native");
const addon = path.join(output, "gradtape.node");
const stampFile = path.join(output, "gradtape.stamp");
const require = createRequire(import.meta.url);

/**
 * Builds the addon unless it is already there, made from the same sources in the same way. Resolves to true when it was
 * built now. Two processes may call it at once.
 */
export async function buildAddon({ log = console.log } = {}) {
  await mkdir(output, { recursive: true });
  const release = await lockfile.lock(output, {
    stale: 60_000,
    update: 5_000,
    retries: { retries: 600, minTimeout: 500, maxTimeout: 500 },
  });
  try {
    const stamp = await currentStamp();
    if (existsSync(addon) && (await readFile(stampFile, "utf8").catch(() => "")) === stamp) {
      log("native addon: up to date");
      return false;
    }
    requireTools();
    log("native addon: compiling (about a minute)");
    await runNodeGyp();
    // Renamed into place: a process that has the old file mapped keeps it.
    const made = `${addon}.${process.pid}`;
    await copyFile(path.join(sources, "build", "Release", "gradtape.node"), made);
    await rename(made, addon);
    await writeFile(stampFile, stamp);
    log(`native addon: built ${path.relative(root, addon)}`);
    return true;
  } finally {
    await release();
  }
}

/**
 * Makes tfjs-node load our addon: its install script downloads a binding that no longer exists. A link, since Node
 * resolves it to the same module object, so both sides see one table of tensors.
 */
export async function linkTfjsBinding({ log = console.log } = {}) {
  const folder = path.join(path.dirname(require.resolve("@tensorflow/tfjs-node/package.json")), "lib", "napi-v8");
  const link = path.join(folder, "tfjs_binding.node");
  const target = path.relative(folder, addon);
  if ((await readlink(link).catch(() => "")) === target) return;
  await mkdir(folder, { recursive: true });
  const made = `${link}.${process.pid}`;
  await rm(made, { force: true });
  await symlink(target, made);
  await rename(made, link);
  log("native addon: linked into tfjs-node");
}

// Everything that the built file depends on. Node itself is not among it: the addon loads in every Node from 20 on.
async function currentStamp() {
  const hash = createHash("sha256");
  const files = (await readdir(sources)).filter((name) => /\.(cc|h|gyp|mjs)$/.test(name)).sort();
  for (const name of files)
    hash
      .update(name)
      .update("\0")
      .update(await readFile(path.join(sources, name)));
  hash.update(require("node-addon-api/package.json").version);
  hash.update([process.platform, process.arch, process.env.CXX, process.env.CXXFLAGS].join("\0"));
  return hash.digest("hex");
}

/** Throws, saying how to install them, when tools that the build needs are missing. */
export function requireTools() {
  const works = (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
  const tools = [
    {
      name: "a C++ compiler (g++)",
      package: "g++",
      works: works(process.env.CXX ?? (process.platform === "darwin" ? "c++" : "g++")),
    },
    { name: "make", package: "make", works: works("make") },
    { name: "python3", package: "python3", works: works("python3") },
  ];
  const missing = tools.filter((tool) => !tool.works);
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.name).join(", ");
  const remedy =
    process.platform === "darwin"
      ? "xcode-select --install"
      : `sudo apt-get install -y ${missing.map((tool) => tool.package).join(" ")}`;
  throw new Error(`native addon: building it needs ${names}. Install with: ${remedy}`);
}

async function runNodeGyp() {
  const parameters = [require.resolve("node-gyp/bin/node-gyp.js"), "rebuild", "--directory", sources, "--release"];
  parameters.push("-j", "max");
  // Headers that came with Node save a download.
  const prefix = path.resolve(process.execPath, "../..");
  if (existsSync(path.join(prefix, "include", "node", "node.h"))) parameters.push(`--nodedir=${prefix}`);
  const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (data) => (text += data));
  child.stderr.on("data", (data) => (text += data));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (...ended) => resolve(ended));
  });
  if (code !== 0)
    throw new Error(`native addon: node-gyp failed (${signal ?? `exit code ${code}`}):\n${text.trimEnd()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildAddon();
    await linkTfjsBinding();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
