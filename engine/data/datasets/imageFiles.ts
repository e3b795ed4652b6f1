// Which files of a folder are images of which class. It must not know what is in them.
import { readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { extname, join } from "node:path";
import { DatasetError } from "./files.js";

/** Flat, so that a million files go to another thread as one string. */
export interface ClassFolders {
  /** In order of their labels. */
  readonly classes: readonly string[];
  /** How many files each class has. */
  readonly counts: readonly number[];
  /** The paths, class by class, with a zero character between them, which no path has. */
  readonly paths: string;
}

/** Each file with its label. */
export function samplesOf({ counts, paths }: ClassFolders): readonly (readonly [path: string, label: number])[] {
  const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
  return labels.length === 0 ? [] : paths.split("\0").map((path, i) => [path, labels[i]] as const);
}

export interface ClassFolderOptions {
  readonly isValidFile: (path: string) => boolean;
  /** Whether a class may have no file. */
  readonly allowEmpty: boolean;
  /** For messages: the endings that are taken. */
  readonly endings: string;
}

/**
 * One class for each folder in `root`, in the order of their names (by code points, as Python sorts), with all files
 * below it in the order in which torchvision lists them. Links are followed, but never in a circle.
 * @throws {DatasetError} naming the folder that cannot be read, or has no class; or the classes without a file.
 */
export function classFolders(root: string, { isValidFile, allowEmpty, endings }: ClassFolderOptions): ClassFolders {
  const classes = entriesOf(root)
    .filter((entry) => isFolder(root, entry))
    .map(({ name }) => name)
    .sort(byCodePoint);
  if (classes.length === 0) {
    throw new DatasetError(`ImageFolder: expected a folder for each class in ${root}, got none`);
  }
  const empty: string[] = [];
  const files = classes.map((name) => {
    const own = filesBelow(join(root, name)).filter(isValidFile);
    if (own.length === 0) empty.push(name);
    return own;
  });
  if (empty.length > 0 && !allowEmpty) {
    throw new DatasetError(
      `ImageFolder: expected images (${endings}) for each class in ${root}, got none for ${empty.join(", ")}; use allowEmpty to accept that`,
    );
  }
  return { classes, counts: files.map(({ length }) => length), paths: files.flat().join("\0") };
}

/** All files below a folder: folder by folder in the order of their paths, then by name. */
function filesBelow(top: string): readonly string[] {
  const folders: { readonly path: string; readonly files: readonly string[] }[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    const real = realpathSync(path);
    if (above.includes(real)) return; // a link to a folder that it lies in
    const entries = entriesOf(path);
    const inner = entries.filter((entry) => isFolder(path, entry));
    const files = entries.filter((entry) => !inner.includes(entry)).map(({ name }) => name);
    folders.push({ path, files: files.sort(byCodePoint) });
    for (const { name } of inner) visit(join(path, name), [...above, real]);
  };
  visit(top, []);
  return folders
    .sort((a, b) => byCodePoint(a.path, b.path))
    .flatMap(({ path, files }) => files.map((name) => join(path, name)));
}

/** Whether the path ends in one of the endings, whatever the case. */
export const hasEnding = (path: string, endings: readonly string[]): boolean =>
  endings.includes(extname(path).toLowerCase());

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DatasetError(`ImageFolder: expected a folder ${folder}, got ${code ?? String(error)}`, { cause: error });
  }
}

const isFolder = (parent: string, entry: Dirent): boolean =>
  entry.isDirectory() ||
  (entry.isSymbolicLink() && statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() === true);

/** JavaScript's own order puts rare characters before some frequent ones. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
