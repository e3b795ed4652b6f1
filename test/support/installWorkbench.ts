// Installs a real VS Code workbench for the browser (code-server, from npm) into the user's cache, once per version.
// Finished steps are skipped, an interrupted one is done again. No package's own install script is run: some download
// binaries, and code-server's refuses to run as root; what they would do that is needed here is done below.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../engine/io/cacheFolder.js";
import { withLock } from "../../engine/io/lock.js";
import { findProgram, installPackages, missingPackages, type SystemPackage } from "./systemPackages.js";

/** VS Code 1.100.3. It needs Node 20. */
const codeServerVersion = "4.100.3";
const nodeVersion = "20.20.2";
/** Raised when the steps below change: older folders are then replaced. */
const recipe = 1;

const all = join(cacheFolder(), "workbench");
const folder = join(all, `${codeServerVersion}-${recipe}-${process.platform}-${process.arch}`);
const codeServer = join(folder, "node_modules", "code-server");
const vscode = join(codeServer, "lib", "vscode");
const done = (step: string) => join(folder, `.done-${step}`);

export interface WorkbenchNeeds {
  /** A browser to drive, and a font for it; not needed where the user brings one. */
  readonly browser: boolean;
}

export interface InstalledWorkbench {
  /** code-server's entry point. */
  readonly entry: string;
  /** The Node 20 that runs it. */
  readonly node: string;
}

/** What is installed. @throws Error when it is not. */
export function installedWorkbench(): InstalledWorkbench {
  if (!existsSync(done("all"))) throw new Error("workbench: expected it to be installed, got nothing. Run: npm test");
  return { entry: join(codeServer, "out", "node", "entry.js"), node: runtime().node };
}

export function workbenchIsThere(needs: WorkbenchNeeds = { browser: true }): boolean {
  return existsSync(done("all")) && missingPackages(packagesFor(needs)).length === 0;
}

/** Installs everything that is missing. @throws Error that names what a person must do. */
export async function installWorkbench(
  progress: (text: string) => void,
  needs: WorkbenchNeeds = { browser: true },
): Promise<string> {
  progress("system packages");
  await installPackages([
    ...packagesFor(needs),
    ...(existsSync(done("native")) ? [] : (["python3", "make", "g++"] as const)),
  ]);
  await withLock(join(all, "install"), { onWait: () => progress("waiting for another installation") }, async () => {
    if (existsSync(done("all"))) return;
    removeOthers();
    mkdirSync(folder, { recursive: true });
    for (const [name, step] of Object.entries(steps)) {
      if (existsSync(done(name))) continue;
      progress(name);
      await step();
      writeFileSync(done(name), "");
    }
    writeFileSync(done("all"), "");
  });
  return `code-server ${codeServerVersion}`;
}

function packagesFor({ browser }: WorkbenchNeeds): readonly SystemPackage[] {
  return browser ? ["ripgrep", "chromium", "fonts-dejavu-core"] : ["ripgrep"];
}

const npmFlags = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

const steps: Readonly<Record<string, () => Promise<void>>> = {
  async node() {
    if (ownNode() !== undefined) return;
    const home = join(folder, "node");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{ "private": true }\n');
    await npm(home, "install", ...npmFlags, `${nodePackage}@${nodeVersion}`);
  },
  async packages() {
    rmSync(join(folder, "node_modules"), { recursive: true, force: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    await npm(folder, "install", ...npmFlags, "--save-exact", `code-server@${codeServerVersion}`);
  },
  // `npm ci` refuses code-server's own lock file, which is out of step with its manifest.
  workbench: () => npm(vscode, "install", ...npmFlags),
  // Here lies TypeScript: without it there is no language server.
  extensions: () => npm(join(vscode, "extensions"), "install", ...npmFlags),
  native: buildNativeModules,
  async links() {
    link("node_modules", join(vscode, "node_modules.asar"));
    link("code-linux.sh", join(vscode, "bin", "remote-cli", "code-server"));
    link("browser-linux.sh", join(vscode, "bin", "helpers", "browser.sh"));
    for (const place of ["remote-cli", "helpers"]) {
      const scripts = readdirSync(join(vscode, "bin", place)).filter((name) => name.endsWith(".sh"));
      for (const script of scripts) chmodSync(join(vscode, "bin", place, script), 0o755);
    }
    const ripgrep = join(vscode, "node_modules", "@vscode", "ripgrep", "bin");
    mkdirSync(ripgrep, { recursive: true });
    link(findProgram("rg") ?? "rg", join(ripgrep, "rg"));
  },
  async trim() {
    // Source maps are half of the folder, and nothing here reads them.
    for (const file of readdirSync(join(folder, "node_modules"), { recursive: true }).map(String)) {
      if (file.endsWith(".map")) rmSync(join(folder, "node_modules", file), { force: true });
    }
  },
};

/** The native modules that the server loads, built with this machine's compiler for the Node that runs it. */
async function buildNativeModules(): Promise<void> {
  const { node, headers } = runtime();
  const gyp = createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
  const path = [dirname(node), process.env["PATH"]].join(":");
  const env = { ...process.env, PATH: path, npm_config_nodedir: headers, npm_config_node_gyp: gyp };
  const build = async (module: string) => {
    rmSync(join(module, "build"), { recursive: true, force: true });
    await run(node, [gyp, "rebuild", "--loglevel=error", "-j", String(availableParallelism())], { cwd: module, env });
    rmSync(join(module, "build", "Release", "obj.target"), { recursive: true, force: true });
  };
  for (const name of ["@vscode/spdlog", "node-pty", "native-watchdog"]) await build(join(vscode, "node_modules", name));
  // Its binary is an npm package of its own for the common platforms.
  if (!(await loads(node, "@parcel/watcher"))) await build(join(vscode, "node_modules", "@parcel", "watcher"));
  // argon2 looks for its binary where node-pre-gyp puts it, so that is what builds it.
  const argon2 = dirname(createRequire(join(codeServer, "package.json")).resolve("argon2/package.json"));
  for (const place of ["build", "lib"]) rmSync(join(argon2, place), { recursive: true, force: true });
  const preGyp = createRequire(join(argon2, "package.json")).resolve("@mapbox/node-pre-gyp/bin/node-pre-gyp");
  await run(node, [preGyp, "rebuild", "--loglevel=error"], { cwd: argon2, env });
}

async function loads(node: string, module: string): Promise<boolean> {
  return await run(node, ["-e", `require(${JSON.stringify(module)})`], { cwd: vscode }).then(
    () => true,
    () => false,
  );
}

const nodePackage = `node-${process.platform}-${process.arch}`;

/** The Node 20 for the server, with the folder above its `include/node`. */
function runtime(): { readonly node: string; readonly headers: string } {
  const own = ownNode();
  if (own !== undefined) return own;
  const home = join(folder, "node", "node_modules", nodePackage);
  return { node: join(home, "bin", "node"), headers: home };
}

/** This process's Node, where it will do: version 20 with its headers on the disk, so that none need be downloaded. */
function ownNode(): { readonly node: string; readonly headers: string } | undefined {
  const headers = dirname(dirname(process.execPath));
  const fits = process.versions.node.startsWith("20.") && existsSync(join(headers, "include", "node", "node.h"));
  return fits ? { node: process.execPath, headers } : undefined;
}

function removeOthers(): void {
  for (const name of existsSync(all) ? readdirSync(all) : []) {
    if (name !== basename(folder) && !name.startsWith("install."))
      rmSync(join(all, name), { recursive: true, force: true });
  }
}

function link(target: string, at: string): void {
  rmSync(at, { force: true });
  symlinkSync(target, at);
}

async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  await run("npm", args, { cwd });
}

function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (!error) return resolve();
      const tail = `${stdout}${stderr}`.trimEnd().split("\n").slice(-30).join("\n");
      reject(new Error(`workbench: ${command} ${args.join(" ")} failed in ${options.cwd}\n${tail}`, { cause: error }));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await installWorkbench(console.log));
