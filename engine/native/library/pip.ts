// Lets pip download one wheel, with the indexes, proxies and certificates that the user has configured for it.
// It must not know what is in the wheel.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { folderSize, watchSize } from "./folderSize.js";
import type { WheelDownload } from "./downloads.js";

export interface PipOptions {
  readonly python: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly wheel: WheelDownload;
  /** Where the file goes, with its full path; a folder beside it holds what is temporary. */
  readonly to: string;
  readonly signal: AbortSignal;
  readonly onBytes: (received: number) => void;
}

/** pip gave no wheel. `remedy` is for the user. */
export class PipError extends Error {
  override readonly name = "PipError";
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

const tries = 3;

/** Downloads the wheel to `to`. What it contains is not checked here. @throws {PipError} */
export async function pipDownload(options: PipOptions): Promise<void> {
  const folder = `${options.to}.pip`;
  for (let n = 1; ; n++) {
    // A killed process's folder is of no use: pip starts again each time.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    try {
      const temporary = await mkdtemp(join(folder, "tmp-"));
      const { code, output } = await runPip(options, folder, temporary);
      if (code !== 0) {
        // pip does not resume. Where something came, the line was cut and another try may do.
        if (n < tries && folderSize(temporary) > 0) continue;
        throw explain(options, output);
      }
      const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
      if (wheel === undefined) throw new PipError("pip ended well and left no wheel");
      await rename(join(folder, wheel), options.to);
      return;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function runPip(
  options: PipOptions,
  folder: string,
  temporary: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { wheel, python, environment, signal } = options;
  const what = [
    `${wheel.package}==${wheel.version}`,
    "--no-deps",
    "--only-binary=:all:",
    "--python-version",
    wheel.python,
  ];
  const how = ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--retries", "2", "--timeout", "10"];
  const args = ["-m", "pip", "download", ...what, ...how, "--progress-bar", "off", "-d", folder];
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {
      // pip writes what it downloads below TMPDIR first: there its growth can be seen.
      env: { ...environment, TMPDIR: temporary, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    const stop = watchSize(temporary, options.onBytes);
    let output = "";
    child.stdout.on("data", (data) => (output += String(data)));
    child.stderr.on("data", (data) => (output += String(data)));
    child.on("error", (error: NodeJS.ErrnoException) => {
      stop();
      if (signal.aborted) reject(signal.reason as Error);
      else if (error.code === "ENOENT")
        reject(new PipError(`there is no ${python}`, "install python3 and python3-pip"));
      else reject(error);
    });
    child.on("close", (code) => {
      stop();
      resolve({ code, output });
    });
  });
}

function explain({ wheel, python }: PipOptions, output: string): Error {
  if (/No module named '?pip/.test(output)) return new PipError(`${python} has no pip`, "install python3-pip");
  if (/No space left on device|Errno 28/.test(output)) {
    return Object.assign(new Error("pip ran out of disk space"), { code: "ENOSPC" });
  }
  if (
    /Temporary failure in name resolution|Name or service not known|NewConnectionError|timed out|ConnectTimeout/.test(
      output,
    )
  ) {
    return new PipError("pip reached no package index", "connect to the network");
  }
  if (/No matching distribution/.test(output)) {
    return new PipError(`pip's package index has no ${wheel.package} ${wheel.version} for this machine`);
  }
  const lines = output.trim().split("\n");
  return new PipError(
    `pip failed (${(lines.findLast((line) => /^ERROR/.test(line)) ?? lines.at(-1) ?? "no output").trim()})`,
  );
}
