// One process at a time, across processes: whoever comes second waits. A lock whose owner was killed is taken over
// once it is stale. It must not know what is guarded.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import lockfile from "proper-lockfile";

export interface LockOptions {
  /** Called once when another process holds the lock. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
  /** A lock not refreshed for this long belongs to nobody any more. At least 2000. */
  readonly staleMs?: number;
}

/**
 * Runs `work` while holding the lock `<path>.lock`. The signal given to `work` is aborted when the caller's is, and when
 * the lock was lost (the process was suspended for longer than `staleMs`, so that another one may have taken over).
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(path, options, (error) => lost.abort(error));
  const signal = options.signal ? AbortSignal.any([options.signal, lost.signal]) : lost.signal;
  try {
    return await work(signal);
  } finally {
    // A lock that was lost is somebody else's now: nothing to release.
    await release().catch(() => undefined);
  }
}

async function acquire(path: string, options: LockOptions, onLost: (error: Error) => void) {
  const stale = options.staleMs ?? 10_000;
  await mkdir(dirname(path), { recursive: true });
  for (let waited = false; ; waited = true) {
    options.signal?.throwIfAborted();
    try {
      return await lockfile.lock(path, { realpath: false, stale, update: stale / 4, onCompromised: onLost });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      if (!waited) options.onWait?.();
      await delay(200, undefined, { signal: options.signal });
    }
  }
}
