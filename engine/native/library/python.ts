// Asks the user's Python for an installed TensorFlow, without importing it. It must not know of caches and downloads of libraries.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { testedPythonVersions } from "./downloads.js";
import { librariesIn, type Attempt, type LibraryLocation } from "./location.js";
import type { LibrarySettings } from "./settings.js";

// The current folder is taken off the path: a folder called tensorflow there is not an installation.
const question = `
import importlib.metadata, importlib.util, json, os, sys
sys.path = [p for p in sys.path if p not in ("", os.getcwd())]
spec = importlib.util.find_spec("tensorflow")
version = None
for name in ("tensorflow", "tensorflow-cpu", "tensorflow-intel"):
    try:
        version = version or importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps({"origin": spec.origin if spec else None, "version": version}))
`;

/** A good answer of earlier, with the library's size: a changed installation is asked again. */
interface Answer {
  readonly python: string;
  readonly folder: string;
  readonly version: string;
  readonly size: number;
}

/** The library of an installed Python `tensorflow` in a tested version, or why it does not count. */
export function findInPython(settings: LibrarySettings): LibraryLocation | Attempt {
  const file = join(settings.folder, "python.json");
  const kept = readAnswer(file);
  if (kept && kept.python === settings.python) {
    const libraries = librariesIn(kept.folder);
    if (libraries && statSync(libraries.library).size === kept.size) {
      return { ...libraries, version: kept.version, source: "python" };
    }
  }
  const found = askPython(settings);
  if ("library" in found) {
    keepAnswer(file, {
      python: settings.python,
      folder: dirname(found.library),
      version: found.version,
      size: statSync(found.library).size,
    });
  }
  return found;
}

function askPython(settings: LibrarySettings): LibraryLocation | Attempt {
  const no = (reason: string): Attempt => ({ source: "python", name: "installed Python package", reason });
  const { error, status, stdout } = spawnSync(settings.python, ["-c", question], {
    env: settings.environment,
    encoding: "utf8",
    timeout: 10_000,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error)
    return no((error as NodeJS.ErrnoException).code === "ENOENT" ? `there is no ${settings.python}` : error.message);
  if (status !== 0) return no(`${settings.python} ended with ${status}`);
  const answer = readLast(stdout);
  if (!answer) return no(`${settings.python} gave no answer`);
  const { origin, version } = answer;
  if (origin === null) return no(`${settings.python} has no tensorflow`);
  if (version === null || !testedPythonVersions.includes(version)) {
    return no(
      `tensorflow ${version ?? "of unknown version"} is not one of the tested ${testedPythonVersions.join(", ")}`,
    );
  }
  const libraries = librariesIn(dirname(origin));
  if (!libraries) return no(`${dirname(origin)} holds no libtensorflow`);
  return { ...libraries, version, source: "python" };
}

/** The last line: what starts with Python may print before it. */
function readLast(text: string): { readonly origin: string | null; readonly version: string | null } | undefined {
  try {
    return JSON.parse(text.trim().split("\n").at(-1) ?? "") as { origin: string | null; version: string | null };
  } catch {
    return undefined;
  }
}

function readAnswer(file: string): Answer | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Answer;
  } catch {
    return undefined; // never asked, or cut off
  }
}

function keepAnswer(file: string, answer: Answer): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(answer));
  } catch {
    // A cache that cannot be written only costs the time of asking again.
  }
}
