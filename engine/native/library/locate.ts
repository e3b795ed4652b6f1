// Finds a libtensorflow that is on this machine already: no network, no waiting. It must not know how one is fetched.
import { describeDownload } from "./downloads.js";
import { findInstalled } from "./installed.js";
import { librariesAt, versionBeside, type Attempt, type LibraryLocation } from "./location.js";
import { findInPython } from "./python.js";
import { downloadsHere, librarySettings, type LibrarySettings } from "./settings.js";

const variable = "GRADTAPE_LIBTENSORFLOW";

/**
 * Where libtensorflow is, or undefined when `provideLibrary` would have to fetch it. A GRADTAPE_LIBTENSORFLOW that
 * leads nowhere is not passed over in silence: it finds nothing, and `explainLibrary` says why.
 */
export function locateLibrary(settings: LibrarySettings = librarySettings()): LibraryLocation | undefined {
  return look(settings).found;
}

/** What `locateLibrary` asked in vain, and what was not fetched yet: for errors and the doctor. Empty when it finds one. */
export function explainLibrary(settings: LibrarySettings = librarySettings()): readonly Attempt[] {
  const { found, attempts, final } = look(settings);
  if (found) return [];
  return final ? attempts : [...attempts, ...notFetched(settings)];
}

/** The sources on this machine. `final` says that the user's own choice failed, so that no other source may replace it. */
export function look(settings: LibrarySettings): {
  readonly found: LibraryLocation | undefined;
  readonly attempts: readonly Attempt[];
  readonly final: boolean;
} {
  const chosen = fromEnvironment(settings);
  if ("library" in chosen) return { found: chosen, attempts: [], final: true };
  if (settings.environment[variable]) return { found: undefined, attempts: [chosen], final: true };
  const attempts: Attempt[] = [chosen];
  for (const find of [findInstalled, findInPython]) {
    const result = find(settings);
    if ("library" in result) return { found: result, attempts, final: false };
    attempts.push(result);
  }
  return { found: undefined, attempts, final: false };
}

function fromEnvironment(settings: LibrarySettings): LibraryLocation | Attempt {
  const path = settings.environment[variable];
  if (!path) return { source: "environment", name: variable, reason: "not set" };
  const libraries = librariesAt(path);
  if (typeof libraries === "string") return { source: "environment", name: variable, reason: libraries };
  return { ...libraries, version: versionBeside(libraries.library), source: "environment" };
}

/** Why the sources of the network cannot be asked here at all; undefined where they can. */
export function unsupportedPlatform(settings: LibrarySettings): Attempt | undefined {
  if (downloadsHere(settings).length > 0) return undefined;
  const known = [...new Set(settings.downloads.map(({ platform }) => platform))].join(", ");
  return { source: "wheel", name: "downloads", reason: `none for ${settings.platform} (there are some for ${known})` };
}

function notFetched(settings: LibrarySettings): readonly Attempt[] {
  const unsupported = unsupportedPlatform(settings);
  if (unsupported) return [unsupported];
  return downloadsHere(settings).map((download) => ({
    source: download.kind,
    name: describeDownload(download),
    reason: "not fetched yet",
  }));
}
