// Libraries that lie in the user's cache: found by their stamp, installed by one rename. It must not know how they were fetched.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { renameDurably } from "../../io/download.js";
import { describeDownload, folderName, type LibraryDownload } from "./downloads.js";
import { librariesIn, statOf, type Attempt, type LibraryLocation } from "./location.js";
import { downloadsHere, type LibrarySettings } from "./settings.js";

/** Written last into a complete folder. The sizes tell a file that was truncated since. */
interface Stamp {
  readonly version: string;
  readonly sizes: Readonly<Record<string, number>>;
}

const stampName = "stamp.json";
const temporaryPrefix = ".unpack-";

/** The first row's library that is complete in the cache, or why there is none. */
export function findInstalled(settings: LibrarySettings): LibraryLocation | Attempt {
  const damaged: string[] = [];
  for (const download of downloadsHere(settings)) {
    const folder = join(settings.folder, folderName(download));
    const found = checkFolder(folder);
    if (typeof found === "object") return found;
    if (found !== "absent") damaged.push(`${folder}: ${found}`);
  }
  return {
    source: "cache",
    name: "earlier download",
    reason: damaged.length > 0 ? damaged.join(", ") : `none in ${settings.folder}`,
  };
}

function checkFolder(folder: string): LibraryLocation | string {
  if (!statOf(folder)) return "absent";
  const stamp = readStamp(join(folder, stampName));
  if (!stamp) return "incomplete";
  for (const [name, size] of Object.entries(stamp.sizes)) {
    const actual = statOf(join(folder, name))?.size;
    if (actual !== size) return `${name} has ${actual ?? "no"} of ${size} bytes`;
  }
  const libraries = librariesIn(folder);
  return libraries ? { ...libraries, version: stamp.version, source: "cache" } : "incomplete";
}

function readStamp(file: string): Stamp | undefined {
  try {
    const stamp = JSON.parse(readFileSync(file, "utf8")) as Partial<Stamp>;
    return typeof stamp.version === "string" && typeof stamp.sizes === "object" ? (stamp as Stamp) : undefined;
  } catch {
    return undefined; // missing or cut off: the folder counts as incomplete and is replaced
  }
}

/** Lets `unpack` fill a temporary folder, stamps it and moves it into place. The caller holds the cache's lock. */
export async function install(
  download: LibraryDownload,
  settings: LibrarySettings,
  unpack: (folder: string) => Promise<void>,
): Promise<LibraryLocation> {
  await mkdir(settings.folder, { recursive: true });
  const temporary = await mkdtemp(join(settings.folder, temporaryPrefix));
  try {
    await unpack(temporary);
    if (!librariesIn(temporary))
      throw new Error(`${describeDownload(download)} holds no libtensorflow for this platform`);
    writeStamp(temporary, download.version);
    const folder = join(settings.folder, folderName(download));
    await replaceFolder(temporary, folder, settings);
    return { ...librariesIn(folder)!, version: download.version, source: download.kind };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Where files lie between their download and their unpacking. */
export function downloadsFolder(settings: LibrarySettings): string {
  return join(settings.folder, "downloads");
}

/** Removes what killed processes left and nobody can use. The caller holds the cache's lock. */
export async function removeLeftovers(settings: LibrarySettings): Promise<void> {
  const below = (folder: string, useless: (name: string) => boolean) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter(useless)
          .map((name) => join(folder, name))
      : [];
  const left = [
    ...below(settings.folder, (name) => name.startsWith(temporaryPrefix)),
    ...below(downloadsFolder(settings), (name) => name.endsWith(".pip") || name.endsWith(".unverified")),
  ];
  await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
}

function writeStamp(folder: string, version: string): void {
  const sizes = Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]));
  const file = openSync(join(folder, stampName), "w");
  try {
    writeFileSync(file, JSON.stringify({ version, sizes } satisfies Stamp, undefined, 2));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A damaged folder moves aside first: a folder cannot be renamed onto one that is not empty. */
async function replaceFolder(from: string, to: string, settings: LibrarySettings): Promise<void> {
  const aside = await mkdtemp(join(settings.folder, temporaryPrefix));
  try {
    if (statOf(to)) await rename(to, join(aside, "old"));
    await renameDurably(from, to);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
