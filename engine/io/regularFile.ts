// Reads parts of a file whose size is known: nothing is allocated for what is not there. It must not know any format.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { Refuse } from "./safetensorsHeader.js";

export interface RegularFile {
  readonly size: number;
  /** Exactly these bytes, in memory of their own. The caller has compared them with the size. */
  readonly read: (position: number, length: number) => Uint8Array;
}

/**
 * Opens a file, lets `use` read it, and closes it.
 * @param refuse ends the reading with the caller's error: for a folder, a device, or a file that becomes shorter
 */
export function withRegularFile<T>(path: string, refuse: Refuse, use: (file: RegularFile) => T): T {
  const kind = statSync(path); // first: to open a pipe would wait for its writer
  if (!kind.isFile()) refuse("a file", kind.isDirectory() ? "a folder" : "a device or pipe");
  const handle = openSync(path, "r");
  try {
    const { size } = fstatSync(handle);
    return use({ size, read: (position, length) => readExactly(handle, position, length, refuse) });
  } finally {
    closeSync(handle);
  }
}

/** One call reads less than 2 GiB; a regular file gives fewer bytes than asked only at its end. */
const longestRead = 2 ** 30;

function readExactly(handle: number, position: number, length: number, refuse: Refuse): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const got = readSync(handle, bytes, done, Math.min(length - done, longestRead), position + done);
    if (got === 0) refuse(`${length} bytes from byte ${position} on`, `${done}: it became shorter while it was read`);
    done += got;
  }
  return bytes;
}
