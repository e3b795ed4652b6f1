// What a usable libtensorflow looks like on disk. It must not know where it came from.
import { readdirSync, realpathSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Where a library was found; in the order in which they are asked. */
export type LibrarySource = "environment" | "cache" | "python" | "archive" | "wheel";

export interface LibraryLocation {
  /** Full path of libtensorflow_cc.so.2, libtensorflow.so.2 or their .dylib. */
  readonly library: string;
  /** Full path of the framework library, in the same folder. */
  readonly framework: string;
  /** E.g. "2.18.1"; "unknown" where no file beside the library tells. */
  readonly version: string;
  readonly source: LibrarySource;
}

/** A source that gave nothing, why, and what the user can do about it. */
export interface Attempt {
  readonly source: LibrarySource;
  /** What was asked, in words: "Python", "wheel tensorflow-cpu 2.18.1". */
  readonly name: string;
  readonly reason: string;
  readonly remedy?: string;
}

/** The main library of a wheel (`_cc`) holds all of the archive's, so it is preferred. */
const pairs = [
  { library: "libtensorflow_cc.so.2", framework: "libtensorflow_framework.so.2" },
  { library: "libtensorflow.so.2", framework: "libtensorflow_framework.so.2" },
  { library: "libtensorflow_cc.2.dylib", framework: "libtensorflow_framework.2.dylib" },
  { library: "libtensorflow.2.dylib", framework: "libtensorflow_framework.2.dylib" },
] as const;

/** Every name that Gradtape takes out of an archive or a wheel. */
export const libraryNames: ReadonlySet<string> = new Set(
  pairs.flatMap(({ library, framework }) => [library, framework]),
);

/** The library and framework in a folder or its `lib`; undefined when one of them is missing. */
export function librariesIn(folder: string): { readonly library: string; readonly framework: string } | undefined {
  for (const at of [folder, join(folder, "lib")]) {
    for (const pair of pairs) {
      const [library, framework] = [join(at, pair.library), join(at, pair.framework)];
      if (isFile(library) && isFile(framework)) return { library, framework };
    }
  }
  return undefined;
}

/** The same for a path that a person gave: a folder, or the library itself under any name. Returns why it will not do. */
export function librariesAt(path: string): { readonly library: string; readonly framework: string } | string {
  const full = resolve(path);
  const stats = statOf(full);
  if (!stats) return `${full} does not exist`;
  if (stats.isDirectory()) {
    return (
      librariesIn(full) ?? `${full} holds no ${pairs[0].library} or ${pairs[1].library} with its framework library`
    );
  }
  const framework = pairs.map((pair) => join(dirname(full), pair.framework)).find(isFile);
  return framework ? { library: full, framework } : `there is no ${pairs[0].framework} beside ${full}`;
}

/** The version that the files around a library tell: its own full name, or its Python package. */
export function versionBeside(library: string): string {
  const ownName = /\.so\.(\d+\.\d+\.\d+)$|\.(\d+\.\d+\.\d+)\.dylib$/.exec(basename(realpathSync(library)));
  if (ownName) return ownName[1] ?? ownName[2];
  const sitePackages = dirname(dirname(library));
  for (const name of namesIn(sitePackages)) {
    const version = /^tensorflow(?:_cpu|_intel|_rocm)?-(\d+\.\d+\.\d+)\.dist-info$/.exec(name)?.[1];
    if (version !== undefined) return version;
  }
  return "unknown";
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a folder that this user may not list tells no version
  }
}

/** The file's facts; undefined where it is not there or cannot be reached. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false;
}
