// Debian packages that the tests in a browser need: found, installed where that is allowed, else the exact command.
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The first program of these names on the PATH. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Debian's chromium, or the browser that CHROMIUM names. */
export function findBrowser(): string | undefined {
  return process.env["CHROMIUM"] || findProgram("chromium", "chromium-browser", "google-chrome");
}

export type SystemPackage = "chromium" | "ripgrep" | "fonts-dejavu-core" | "python3" | "make" | "g++";

const isThere: Readonly<Record<SystemPackage, () => boolean>> = {
  chromium: () => findBrowser() !== undefined,
  ripgrep: () => findProgram("rg") !== undefined,
  // Without any font a browser draws empty boxes.
  "fonts-dejavu-core": () => ["/usr/share/fonts", join(homedir(), ".fonts")].some(hasFont),
  python3: () => findProgram("python3") !== undefined,
  make: () => findProgram("make") !== undefined,
  "g++": () => findProgram("g++") !== undefined,
};

export function missingPackages(wanted: readonly SystemPackage[]): readonly SystemPackage[] {
  return wanted.filter((name) => !isThere[name]());
}

/** Installs what is missing. @throws Error with the command to run, where this user may not. */
export async function installPackages(wanted: readonly SystemPackage[]): Promise<void> {
  const missing = missingPackages(wanted);
  if (missing.length === 0) return;
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...missing];
  const command = `sudo apt-get update && sudo ${install.join(" ")}`;
  const prefix = await privileged();
  if (findProgram("apt-get") === undefined || prefix === undefined) {
    throw new Error(`system packages: expected ${missing.join(", ")}, got none. Run: ${command}`);
  }
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, maxBuffer: 1 << 26 };
  const apt = ([program, ...args]: readonly string[]) => run(program, args, options);
  try {
    await apt([...prefix, "apt-get", "update", "-qq"]);
    await apt([...prefix, ...install]);
  } catch (error) {
    throw new Error(`system packages: apt-get failed (${(error as Error).message.trim()}). Run: ${command}`, {
      cause: error,
    });
  }
}

/** What goes before a command to run it as root; undefined where that is not allowed without asking. */
async function privileged(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (findProgram("sudo") === undefined) return undefined;
  return await run("sudo", ["-n", "true"]).then(
    () => ["sudo", "-n"],
    () => undefined,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function hasFont(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(".ttf"));
}
