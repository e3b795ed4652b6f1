// Fetches one file whose SHA-256 is known: from the first mirror that gives it, going on where an earlier try stopped,
// and never leaving a wrong or partial file under the final name. It must not know what the file is for.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DiskFullError, freeBytes, isDiskFull } from "./diskSpace.js";
import { fetchToFile, HttpFileError, type Validator } from "./httpFile.js";
import { withLock } from "./lock.js";

export interface DownloadProgress {
  /** Bytes that are there, those of an earlier try included. */
  readonly received: number;
  /** Bytes of the whole file; undefined until the server has said so. */
  readonly total: number | undefined;
  /** The mirror that is being read. */
  readonly url: string;
}

export interface DownloadOptions {
  /** Mirrors of the same file, tried in this order. */
  readonly urls: readonly string[];
  /** Of the whole file, in hex. */
  readonly sha256: string;
  /** Full path of the file. Beside it lie `<to>.part` and `<to>.part.json` until it is complete. */
  readonly to: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Called once when another process is downloading this file; its result is used. */
  readonly onWait?: () => void;
  /** Stops the download; what came so far is kept and used by the next try. */
  readonly signal?: AbortSignal;
  /** Time for connecting to a mirror (default 5000). */
  readonly connectTimeoutMs?: number;
  /** Longest silence of a mirror that is connected (default 20000). */
  readonly idleTimeoutMs?: number;
}

export interface MirrorFailure {
  readonly url: string;
  readonly reason: string;
}

/** No mirror gave the file. The message is one paragraph naming each mirror and what was wrong with it. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
  constructor(
    readonly to: string,
    readonly failures: readonly MirrorFailure[],
  ) {
    const tried = failures.map(({ url, reason }) => `${url}: ${reason}`).join("; ");
    super(`download: expected one of ${failures.length} addresses to give ${to}, got none (${tried})`);
  }
}

/**
 * Makes sure that `to` holds the file with this SHA-256. Returns at once when it does already.
 * Safe to repeat after a kill, and in two processes at once (one downloads, the other waits for it).
 * @throws {DownloadError} when every mirror failed; {DiskFullError} when it does not fit (nothing is left behind then).
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { to, sha256, onWait, signal } = options;
  if (await holds(to, sha256)) return;
  await withLock(to, { onWait, signal }, async (lockSignal) => {
    if (await holds(to, sha256)) return;
    await fromAnyMirror({ ...options, signal: lockSignal });
  });
}

/** The SHA-256 of a file's contents, in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Gives `from` the name `to`, so that after a power cut either the old or the whole new contents are there. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  const folder = await open(dirname(to));
  // Some file systems cannot sync a folder; the rename itself has happened.
  await folder.sync().catch(() => undefined);
  await folder.close();
}

async function holds(file: string, sha256: string): Promise<boolean> {
  try {
    return (await sha256OfFile(file)) === sha256.toLowerCase();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function fromAnyMirror(options: DownloadOptions): Promise<void> {
  const failures: MirrorFailure[] = [];
  for (const url of options.urls) {
    try {
      await fromMirror(url, options);
      return;
    } catch (error) {
      if (isDiskFull(error)) throw await cleanUpFullDisk(options.to, error);
      if (!(error instanceof HttpFileError)) throw error;
      failures.push({ url, reason: error.message });
    }
  }
  throw new DownloadError(options.to, failures);
}

/** Tries in a row that bring nothing, at a mirror that has begun to answer: the network may be back in a moment. */
const patience = 3;

/** Reads one mirror to the end, resuming while tries bring something. */
async function fromMirror(url: string, options: DownloadOptions): Promise<void> {
  const part = new Part(options.to);
  // What lies there already may be another mirror's, or of an older version: then once more, from nothing.
  let mayRestart = (await part.size()) > 0;
  let promising = false;
  let most = await part.size();
  for (let fruitless = 0; ;) {
    const before = await part.size();
    const failure = await fetchPart(url, part, before, options).then(() => undefined, networkFailure);
    // 416: what is there is as long as the file, or longer. It may be the whole one.
    if (failure === undefined || (failure.status === 416 && before > 0)) {
      if (await part.finish(options.sha256)) return;
      const got = await part.sha256();
      await part.remove();
      if (!mayRestart) throw new HttpFileError(`other contents (expected SHA-256 ${options.sha256}, got ${got})`);
      mayRestart = false;
      continue;
    }
    if (failure.status !== undefined) throw failure;
    const size = await part.size();
    const fruitful = size > most;
    most = Math.max(most, size);
    promising ||= fruitful || failure.cut;
    fruitless = fruitful ? 0 : fruitless + 1;
    if (fruitless >= (promising ? patience : 1)) throw failure;
    await delay(250 * fruitless, undefined, { signal: options.signal });
  }
}

function networkFailure(error: unknown): HttpFileError {
  if (error instanceof HttpFileError) return error;
  throw error;
}

async function fetchPart(url: string, part: Part, offset: number, options: DownloadOptions): Promise<void> {
  await fetchToFile({
    url,
    file: part.path,
    offset,
    validator: await part.validatorFor(url),
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 20_000,
    signal: options.signal,
    onStart: (_start, _total, validator) => part.remember(url, validator),
    onBytes: (received, total) => options.onProgress?.({ received, total, url }),
  });
}

/** The file while it is incomplete, with the version that each mirror last said it gives. */
class Part {
  readonly path: string;
  readonly #notes: string;
  constructor(readonly to: string) {
    this.path = `${to}.part`;
    this.#notes = `${to}.part.json`;
  }

  async size(): Promise<number> {
    return await stat(this.path).then(
      (s) => s.size,
      () => 0,
    );
  }

  sha256(): Promise<string> {
    return sha256OfFile(this.path);
  }

  /** Only the mirror that gave the beginning can be asked whether its file is still the same; for others the hash decides. */
  async validatorFor(url: string): Promise<Validator | undefined> {
    try {
      const notes = JSON.parse(await readFile(this.#notes, "utf8")) as { url?: unknown; validator?: unknown };
      return notes.url === url && typeof notes.validator === "string" ? notes.validator : undefined;
    } catch {
      return undefined; // no notes, or cut off by a kill: resume without, the hash decides
    }
  }

  async remember(url: string, validator: Validator | undefined): Promise<void> {
    await writeFile(this.#notes, JSON.stringify({ url, validator }));
  }

  /** Moves the complete file into place when its contents are right. */
  async finish(sha256: string): Promise<boolean> {
    if (!(await holds(this.path, sha256))) return false;
    await renameDurably(this.path, this.to);
    await rm(this.#notes, { force: true });
    return true;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(this.#notes, { force: true });
  }
}

async function cleanUpFullDisk(to: string, error: unknown): Promise<Error> {
  await new Part(to).remove();
  return error instanceof DiskFullError ? error : new DiskFullError(dirname(to), undefined, freeBytes(dirname(to)));
}
