// Fetches libtensorflow into the user's cache when this machine has none: the rows of the table in their order, until one
// gives it. One process at a time; safe to repeat after a kill.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DiskFullError, formatMiB, freeBytes, isDiskFull, requireFree } from "../../io/diskSpace.js";
import { downloadFile, DownloadError, renameDurably, sha256OfFile } from "../../io/download.js";
import { withLock } from "../../io/lock.js";
import { describeDownload, folderName, type LibraryDownload } from "./downloads.js";
import { downloadsFolder, install, removeLeftovers } from "./installed.js";
import { LibraryError } from "./libraryError.js";
import type { Attempt, LibraryLocation } from "./location.js";
import { look, unsupportedPlatform } from "./locate.js";
import { pipDownload, PipError } from "./pip.js";
import { downloadsHere, librarySettings, type LibrarySettings } from "./settings.js";
import { unpackArchive, unpackWheel } from "./unpack.js";

export interface LibraryProgress {
  /** What is being done, in words: "downloading wheel tensorflow-cpu 2.18.1". */
  readonly what: string;
  /** Bytes done; undefined where nothing is counted. */
  readonly received?: number;
  /** Bytes of the whole, where known. */
  readonly total?: number;
}

export interface ProvideOptions {
  readonly onProgress?: (progress: LibraryProgress) => void;
  /** Stops; what was fetched is kept where it can be used by the next try. */
  readonly signal?: AbortSignal;
  readonly settings?: LibrarySettings;
}

/** Time for reaching a server: a closed network must not hold up the next source. */
const connectTimeoutMs = 3_000;

/**
 * Where libtensorflow is, fetched first if need be.
 * @throws {LibraryError} when no source gave one; names each with its reason and what to do.
 */
export async function provideLibrary(options: ProvideOptions = {}): Promise<LibraryLocation> {
  const settings = options.settings ?? librarySettings();
  const onProgress = options.onProgress ?? (() => undefined);
  const { found, attempts, final } = look(settings);
  if (found) return found;
  if (final) throw new LibraryError(attempts);
  const unsupported = unsupportedPlatform(settings);
  if (unsupported) throw new LibraryError([...attempts, unsupported]);
  try {
    await mkdir(settings.folder, { recursive: true });
  } catch (error) {
    throw new LibraryError([...attempts, { source: "cache", name: "cache folder", ...explain(error, settings) }]);
  }
  const onWait = () => onProgress({ what: "waiting for another Gradtape to finish the download" });
  const lock = { onWait, signal: options.signal, staleMs: settings.lockStaleMs };
  return await withLock(join(settings.folder, "provide"), lock, async (signal) => {
    const now = look(settings);
    if (now.found) return now.found;
    await removeLeftovers(settings);
    return await firstOf(now.attempts, { settings, onProgress, signal });
  });
}

interface Work {
  readonly settings: LibrarySettings;
  readonly onProgress: (progress: LibraryProgress) => void;
  readonly signal: AbortSignal;
}

async function firstOf(before: readonly Attempt[], work: Work): Promise<LibraryLocation> {
  const attempts = [...before];
  for (const download of downloadsHere(work.settings)) {
    try {
      return await fetchAndInstall(download, work);
    } catch (error) {
      work.signal.throwIfAborted();
      attempts.push({ source: download.kind, name: describeDownload(download), ...explain(error, work.settings) });
    }
  }
  throw new LibraryError(attempts);
}

async function fetchAndInstall(download: LibraryDownload, work: Work): Promise<LibraryLocation> {
  const { settings, signal, onProgress } = work;
  const file = join(downloadsFolder(settings), `${folderName(download)}.${download.kind}`);
  try {
    await fetchFile(download, file, work);
    requireFree(settings.folder, download.unpackedBytes);
    const unpack = { archive: unpackArchive, wheel: unpackWheel }[download.kind];
    const what = `unpacking ${describeDownload(download)}`;
    const location = await install(download, settings, (folder) =>
      unpack({
        file,
        folder,
        signal,
        onBytes: (received) => onProgress({ what, received, total: download.unpackedBytes }),
      }),
    );
    // What other rows may have left of their tries is of no use any more.
    await rm(dirname(file), { recursive: true, force: true });
    return location;
  } catch (error) {
    // On a full disk what was fetched is the first thing to go; else it is kept for the next try.
    if (isDiskFull(error)) {
      await rm(file, { force: true });
      const needed = (download.bytes ?? 0) + download.unpackedBytes;
      throw new DiskFullError(settings.folder, needed, freeBytes(settings.folder));
    }
    throw error;
  }
}

/** Puts the row's file in place, its contents verified. */
async function fetchFile(download: LibraryDownload, file: string, work: Work): Promise<void> {
  const { settings, signal, onProgress } = work;
  if (existsSync(file) && (await sha256OfFile(file)) === download.sha256) return;
  await mkdir(dirname(file), { recursive: true });
  requireFree(settings.folder, (download.bytes ?? 0) + download.unpackedBytes);
  const what = `downloading ${describeDownload(download)}`;
  onProgress({ what });
  switch (download.kind) {
    case "archive":
      await downloadFile({
        urls: download.urls,
        sha256: download.sha256,
        to: file,
        onProgress: ({ received, total }) => onProgress({ what, received, total }),
        signal,
        connectTimeoutMs,
      });
      return;
    case "wheel": {
      const unverified = `${file}.unverified`;
      await pipDownload({
        python: settings.python,
        environment: settings.environment,
        wheel: download,
        to: unverified,
        signal,
        onBytes: (received) => onProgress({ what, received, total: download.bytes }),
      });
      const got = await sha256OfFile(unverified);
      if (got !== download.sha256) {
        await rm(unverified);
        throw new PipError(`pip gave other contents (expected SHA-256 ${download.sha256}, got ${got})`);
      }
      await renameDurably(unverified, file);
      return;
    }
  }
  download satisfies never;
}

function explain(error: unknown, settings: LibrarySettings): Pick<Attempt, "reason" | "remedy"> {
  if (error instanceof DownloadError) {
    return { reason: error.failures.map(({ reason }) => reason).join(", "), remedy: "connect to the network" };
  }
  if (error instanceof DiskFullError) {
    const { needed = 0, free = 0 } = error;
    return {
      reason: `needs ${formatMiB(needed)}, and ${settings.folder} has ${formatMiB(free)} free`,
      remedy: `free ${formatMiB(Math.max(needed - free, 2 ** 20))} in ${settings.folder}`,
    };
  }
  if (error instanceof PipError) return { reason: error.message, remedy: error.remedy };
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR" || code === "EEXIST") {
    return {
      reason: `${settings.folder} cannot be written (${code})`,
      remedy: "set GRADTAPE_CACHE to a folder of your own",
    };
  }
  return { reason: message };
}
