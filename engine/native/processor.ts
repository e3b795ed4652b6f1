// What the processor and the machine offer to the kernels. It must not know of libraries or devices.
import { existsSync, readFileSync } from "node:fs";
import { cpus, freemem, totalmem } from "node:os";
import { delimiter, join } from "node:path";

/** Instruction sets that TensorFlow's kernels make use of, as Linux names them. */
const featureFlags = {
  avx: "avx",
  avx2: "avx2",
  fma: "fma",
  avx512f: "avx512f",
  vnni: "avx512_vnni",
  bf16: "avx512_bf16",
  amx: "amx_tile",
} as const;

export type CpuFeature = keyof typeof featureFlags;

export interface Processor {
  readonly model: string;
  /** Logical cores. */
  readonly cores: number;
  /** Undefined where the system does not tell. */
  readonly features: readonly CpuFeature[] | undefined;
}

export interface MemoryState {
  /** Bytes of the machine, or of this process's container where that is less. */
  readonly total: number;
  /** Bytes that a new program may have without swapping. */
  readonly available: number;
}

export function processor(): Processor {
  const all = cpus();
  return { model: all[0]?.model.trim() || "unknown", cores: all.length, features: features() };
}

function features(): readonly CpuFeature[] | undefined {
  const line = /^flags\s*:\s*(.*)$/m.exec(readOr("/proc/cpuinfo", ""))?.[1];
  if (line === undefined) return undefined;
  const flags = new Set(line.split(" "));
  return (Object.keys(featureFlags) as CpuFeature[]).filter((feature) => flags.has(featureFlags[feature]));
}

export function memoryState(): MemoryState {
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const available = /^MemAvailable:\s*(\d+) kB$/m.exec(readOr("/proc/meminfo", ""))?.[1];
  return { total, available: Math.min(total, available === undefined ? freemem() : Number(available) * 1024) };
}

/** Whether an NVIDIA driver is installed. */
export function hasNvidiaDriver(): boolean {
  if (existsSync("/proc/driver/nvidia/version")) return true;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.some((folder) => existsSync(join(folder, "nvidia-smi")));
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise; // not Linux
  }
}
