// What `gradtape doctor` finds: Node, addon, library, devices, processor, cache; and what is wrong with what to do about it.
// It must not know how the report is shown, nor end the process.
import { cacheFolder } from "../io/cacheFolder.js";
import type { NativeBinding, NativeDevice } from "./binding.js";
import {
  describeAttempts,
  explainLibrary,
  locateLibrary,
  type Attempt,
  type LibraryLocation,
} from "./library/index.js";
import { folderSize } from "./library/folderSize.js";
import { loadAddon } from "./load.js";
import {
  hasNvidiaDriver,
  memoryState,
  processor,
  type CpuFeature,
  type MemoryState,
  type Processor,
} from "./processor.js";

export interface Problem {
  readonly what: string;
  readonly remedy: string;
}

export interface DoctorReport {
  /** E.g. "v20.11.0". */
  readonly node: string;
  /** E.g. "linux-x64". */
  readonly platform: string;
  readonly addon: { readonly loaded: true } | { readonly loaded: false; readonly reason: string };
  readonly library:
    | {
        readonly found: true;
        readonly location: LibraryLocation;
        /** What TensorFlow itself says, once loaded. */ readonly version: string | undefined;
      }
    | { readonly found: false; readonly attempts: readonly Attempt[] };
  /** Empty where nothing could be loaded. */
  readonly devices: readonly NativeDevice[];
  readonly processor: Processor;
  readonly memory: MemoryState;
  readonly cache: { readonly folder: string; readonly bytes: number };
  readonly oneDnn: { readonly on: boolean; readonly reason: string };
  readonly nvidiaDriver: boolean;
  readonly problems: readonly Problem[];
}

/** TensorFlow's published builds end the process on a processor without it. */
const neededFeature: CpuFeature = "avx";
const littleMemory = 512 * 2 ** 20;

/** Looks at everything that a run needs, without changing anything. Loads libtensorflow into this process. */
export function diagnose(): Promise<DoctorReport> {
  const problems: Problem[] = [];
  const cpu = processor();
  const dnn = oneDnn();
  const [addon, addonState] = tryAddon(problems);
  const location = locateLibrary();
  const attempts = location ? [] : explainLibrary();
  if (!location)
    problems.push({
      what: describeAttempts(attempts),
      remedy: attempts.at(-1)?.source === "environment" ? "unset GRADTAPE_LIBTENSORFLOW" : "gradtape doctor --install",
    });
  const lacks = process.arch === "x64" && cpu.features !== undefined && !cpu.features.includes(neededFeature);
  if (lacks)
    problems.push({
      what: `processor: expected ${neededFeature}, got none`,
      remedy: "use another machine: TensorFlow is built for processors from 2011 on",
    });
  const devices = addon && location && !lacks ? tryLoad(addon, location, problems) : [];
  const memory = memoryState();
  if (memory.available < littleMemory) {
    problems.push({
      what: `memory: expected ${mib(littleMemory)} available, got ${mib(memory.available)}`,
      remedy: "end other programs",
    });
  }
  checkNode(problems);
  const folder = cacheFolder();
  return Promise.resolve({
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    addon: addonState,
    library: location
      ? { found: true, location, version: devices.length > 0 ? addon?.version() : undefined }
      : { found: false, attempts },
    devices,
    processor: cpu,
    memory,
    cache: { folder, bytes: folderSize(folder) },
    oneDnn: dnn,
    nvidiaDriver: hasNvidiaDriver(),
    problems,
  });
}

function tryAddon(problems: Problem[]): [NativeBinding | undefined, DoctorReport["addon"]] {
  try {
    return [loadAddon(), { loaded: true }];
  } catch (error) {
    const reason = (error as Error).message;
    problems.push({ what: reason, remedy: "npm start in Gradtape's folder builds it" });
    return [undefined, { loaded: false, reason }];
  }
}

function tryLoad(addon: NativeBinding, { library }: LibraryLocation, problems: Problem[]): readonly NativeDevice[] {
  try {
    return addon.load({ library, cpuDevices: Number(process.env["GRADTAPE_CPU_DEVICES"] ?? 2), gpuMemoryGrowth: true });
  } catch (error) {
    problems.push({
      what: `libtensorflow: ${library} cannot be opened (${(error as Error).message})`,
      remedy: "remove it, or set GRADTAPE_LIBTENSORFLOW to another one, and try again",
    });
    return [];
  }
}

function checkNode(problems: Problem[]): void {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 9)) return;
  problems.push({
    what: `Node.js: expected 20.9 or newer, got ${process.version}`,
    remedy: "install Node.js 20, 22 or 24",
  });
}

/** Asked before the library is loaded: the addon turns oneDNN on unless the variable says otherwise. */
function oneDnn(): DoctorReport["oneDnn"] {
  const variable = process.env["TF_ENABLE_ONEDNN_OPTS"];
  if (process.arch !== "x64") return { on: false, reason: `not on ${process.arch}` };
  if (variable === undefined) return { on: true, reason: "the default" };
  return { on: /^(1|true)$/i.test(variable), reason: `TF_ENABLE_ONEDNN_OPTS=${variable}` };
}

/** The report for a terminal: one line per fact, then the problems. */
export function formatReport(report: DoctorReport): string {
  const { library, processor: cpu, memory, cache, oneDnn: dnn } = report;
  const rows: [string, string][] = [
    ["Node.js", `${report.node} on ${report.platform}`],
    ["addon", report.addon.loaded ? "loads" : "does not load"],
    [
      "libtensorflow",
      library.found
        ? `${library.version ?? library.location.version}, from ${sources[library.location.source]}`
        : "not found",
    ],
    ...(library.found ? [["", library.location.library] as [string, string]] : attemptRows(library.attempts)),
    [
      "devices",
      report.devices
        .map(({ name, memoryLimit, type }) => (type === "GPU" ? `${name} (${mib(memoryLimit)})` : name))
        .join(", ") || "none",
    ],
    ["processor", `${cpu.model}, ${cpu.cores} logical cores`],
    ["", cpu.features === undefined ? "features unknown" : cpu.features.join(" ") || "no vector features"],
    ["oneDNN", `${dnn.on ? "on" : "off"} (${dnn.reason})`],
    ["memory", `${gib(memory.available)} of ${gib(memory.total)} available`],
    ["NVIDIA driver", report.nvidiaDriver ? "present" : "not present"],
    ["cache", `${cache.folder}, ${mib(cache.bytes)}`],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const facts = rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
  if (report.problems.length === 0) return [...facts, "", "No problems found."].join("\n");
  const list = report.problems.flatMap(({ what, remedy }, i) => [`${i + 1}. ${what}`, `   → ${remedy}`]);
  return [...facts, "", report.problems.length === 1 ? "Problem:" : "Problems:", ...list].join("\n");
}

const sources: Readonly<Record<LibraryLocation["source"], string>> = {
  environment: "GRADTAPE_LIBTENSORFLOW",
  cache: "the user's cache",
  python: "the installed Python package",
  archive: "the official archive",
  wheel: "a wheel",
};

function attemptRows(attempts: readonly Attempt[]): [string, string][] {
  return attempts.map(({ name, reason }) => ["", `${name}: ${reason}`]);
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
