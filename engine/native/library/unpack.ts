// Takes the libraries, and nothing else, out of a wheel (zip) or an archive (tar.gz), and makes sure that they are on
// the disk. Only expected names are taken, so nothing can be written outside the folder.
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { extract } from "tar";
import yauzl from "yauzl";
import { watchSize } from "./folderSize.js";
import { libraryNames } from "./location.js";

export interface UnpackOptions {
  readonly file: string;
  /** An empty folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Bytes written so far. */
  readonly onBytes: (written: number) => void;
}

/** Unpacks libtensorflow_cc and libtensorflow_framework from a wheel. */
export async function unpackWheel({ file, folder, signal, onBytes }: UnpackOptions): Promise<void> {
  const zip = await yauzl.openPromise(file);
  try {
    let written = 0;
    for await (const entry of zip.eachEntry()) {
      const name = basename(entry.fileName);
      if (entry.fileName !== `tensorflow/${name}` || !libraryNames.has(name)) continue;
      for await (const bytes of writeDurably(await zip.openReadStreamPromise(entry), join(folder, name))) {
        signal.throwIfAborted();
        onBytes((written += bytes));
      }
    }
  } finally {
    zip.close();
  }
}

async function* writeDurably(from: Readable, to: string): AsyncGenerator<number> {
  const file = await open(to, "wx", 0o644);
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await file.writeFile(chunk);
      yield chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** `lib/libtensorflow.so.2.18.0` becomes `libtensorflow.so.2`: the links of that name in the archive are not taken. */
export async function unpackArchive({ file, folder, signal, onBytes }: UnpackOptions): Promise<void> {
  const stop = watchSize(folder, onBytes);
  try {
    await extract({
      file,
      cwd: folder,
      strict: true,
      preserveOwner: false,
      filter: (path, entry) => "type" in entry && entry.type === "File" && libraryName(path) !== undefined,
    });
  } finally {
    stop();
  }
  signal.throwIfAborted();
  for (const path of await readdir(folder, { recursive: true })) {
    const name = libraryName(path);
    if (name === undefined || !(await stat(join(folder, path))).isFile()) continue;
    await rename(join(folder, path), join(folder, name));
    await syncFile(join(folder, name));
  }
  await rm(join(folder, "lib"), { recursive: true, force: true });
}

function libraryName(path: string): string | undefined {
  if (!/^(\.\/)?lib\/[^/]+$/.test(path)) return undefined;
  const name = basename(path)
    .replace(/(\.so\.2)(\.\d+)*$/, "$1")
    .replace(/\.2(\.\d+)*\.dylib$/, ".2.dylib");
  return libraryNames.has(name) ? name : undefined;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
