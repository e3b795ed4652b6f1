// Which Node.js runs programs: the setting, `node` of the PATH, or VS Code's own executable run as Node. No vscode here.
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

export interface NodeRuntime {
  readonly path: string;
  /** Needed in the environment for `path` to be a Node.js. */
  readonly env: Readonly<Record<string, string>>;
  readonly version: string;
}

const oldest = { major: 20, minor: 9 };
const run = promisify(execFile);

/**
 * @param configured the setting; empty when not set
 * @throws Error when the setting names something that is no Node.js 20.9 or newer
 */
export async function findNode(configured: string, searchPath = process.env.PATH ?? ""): Promise<NodeRuntime> {
  if (configured !== "") {
    const version = await versionOf(configured);
    if (version === undefined)
      throw new Error(`gradtape.nodePath: expected a Node.js, got ${configured}. Correct or clear the setting.`);
    if (!isNewEnough(version)) {
      throw new Error(
        `gradtape.nodePath: expected Node.js ${oldest.major}.${oldest.minor} or newer, got ${version}. Correct or clear the setting.`,
      );
    }
    return { path: configured, env: {}, version };
  }
  const path = await onPath(searchPath);
  const version = path === undefined ? undefined : await versionOf(path);
  if (path !== undefined && version !== undefined && isNewEnough(version)) return { path, env: {}, version };
  // In a desktop VS Code this is Electron, in a server it is Node already, which ignores the variable.
  return { path: process.execPath, env: { ELECTRON_RUN_AS_NODE: "1" }, version: process.version };
}

const known = new Map<string, string | undefined>();

/** "v20.1.0", or undefined when it is no Node.js. Asked once per path. */
async function versionOf(path: string): Promise<string | undefined> {
  if (!known.has(path)) {
    const answer = await run(path, ["--version"], { timeout: 5000 }).catch(() => undefined);
    const version = answer?.stdout.trim();
    const isNode = version !== undefined && /^v\d+\.\d+/.test(version);
    if (!isNode) return undefined;
    known.set(path, version);
  }
  return known.get(path);
}

function isNewEnough(version: string): boolean {
  const [major, minor] = version.slice(1).split(".").map(Number);
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
}

async function onPath(searchPath: string): Promise<string | undefined> {
  const name = process.platform === "win32" ? "node.exe" : "node";
  for (const folder of searchPath.split(delimiter).filter((entry) => entry !== "")) {
    const file = join(folder, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}
