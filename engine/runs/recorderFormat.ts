// The bytes of recorder.bin (docs/run-folder.md): strings, the last operations, where the process is. The writer may have
// died anywhere and the file may be damaged, so every offset and count is checked against the bytes that are there.
// Knows bytes only: no files, no processes.
import type { LastOperation, Phase, SourceLine } from "../protocol.js";

const magic = "GTREC001";
const headerBytes = 4096;
const smallestOpRecord = 32;

/** Phases by the numbers of the file. */
export const phases = ["other", "forward", "backward", "optimiser", "data"] as const satisfies readonly Phase[];

export interface RecordedOp {
  readonly op: string;
  /** "file:line" or "file:line:column"; empty when unknown. */
  readonly line: string;
  readonly scope: string;
  readonly step: number;
  readonly device: number;
  readonly phase: Phase;
  /** False while it executes, and for ever when the process died inside it. */
  readonly done: boolean;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface Recorder {
  readonly openedAt: number;
  readonly pid: number;
  /** String by id; id 0 is none and reads as "". */
  readonly strings: readonly string[];
  readonly line: string;
  readonly scope: string;
  readonly step: number;
  readonly phase: Phase;
  readonly stopRequested: boolean;
  /** Operations since the start. */
  readonly opCount: number;
  /** The last of them, oldest first: at most the size of the ring. */
  readonly ops: readonly RecordedOp[];
}

/** Reads the bytes of a recorder.bin; undefined when they do not begin as one. Never throws. */
export function parseRecorder(bytes: Uint8Array): Recorder | undefined {
  if (!startsWith(bytes, magic) || bytes.byteLength < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (offset: number) => view.getUint32(offset, true);
  const strings = parseStrings(bytes, u32(12), Math.min(u32(16), u32(72)));
  const text = (id: number) => strings[id] ?? "";
  const opCount = Number(view.getBigUint64(64, true));
  const ring = { offset: u32(20), slots: u32(24), recordBytes: u32(28), count: opCount };
  let ops: readonly RecordedOp[] | undefined;
  return {
    openedAt: view.getFloat64(32, true),
    pid: u32(40),
    strings,
    line: text(u32(76)),
    scope: text(u32(80)),
    step: u32(84),
    phase: phases[u32(88)] ?? "other",
    stopRequested: u32(92) === 1,
    opCount,
    // Most readers want the rest only, and that often.
    get ops() {
      return (ops ??= parseOps(view, ring, text));
    },
  };
}

/** Where the process was last seen; undefined when it has recorded neither an operation nor a line. */
export function lastOperation(recorder: Recorder): LastOperation | undefined {
  const last = recorder.ops.at(-1);
  const current = { step: recorder.step, phase: recorder.phase };
  if (!last) return recorder.line ? { op: "", done: true, at: parseLine(recorder.line), ...current } : undefined;
  // Inside an operation its own line counts; after it the process went on to the current one.
  const where = last.done ? { ...current, line: recorder.line || last.line, scope: recorder.scope } : last;
  return {
    op: last.op,
    done: last.done,
    ...(where.scope ? { scope: where.scope } : {}),
    ...(where.line ? { at: parseLine(where.line) } : {}),
    step: where.step,
    phase: where.phase,
  };
}

/** "file:line" or "file:line:column" as a source line; undefined when it is neither. */
export function parseLine(text: string): SourceLine | undefined {
  const match = /^(.+?):(\d+)(?::(\d+))?$/.exec(text);
  if (!match) return undefined;
  return { file: match[1], line: Number(match[2]), ...(match[3] ? { column: Number(match[3]) } : {}) };
}

/** Strings lie one after another, each with its length in front; the list ends where the next would not fit. */
function parseStrings(bytes: Uint8Array, offset: number, length: number): string[] {
  const strings = [""];
  const decoder = new TextDecoder();
  const end = Math.min(bytes.byteLength, offset + length);
  for (let at = offset; at + 2 <= end;) {
    const size = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    if (at + size > end) break;
    strings.push(decoder.decode(bytes.subarray(at, at + size)));
    at += size;
  }
  return strings;
}

interface Ring {
  readonly offset: number;
  readonly slots: number;
  readonly recordBytes: number;
  readonly count: number;
}

function parseOps(view: DataView, ring: Ring, text: (id: number) => string): RecordedOp[] {
  const { offset, slots, recordBytes, count } = ring;
  if (recordBytes < smallestOpRecord || slots === 0 || !Number.isSafeInteger(count)) return [];
  if (offset + slots * recordBytes > view.byteLength) return [];
  const ops: RecordedOp[] = [];
  for (let k = Math.max(0, count - slots); k < count; k++) {
    const at = offset + (k % slots) * recordBytes;
    ops.push({
      op: text(view.getUint32(at, true)),
      line: text(view.getUint32(at + 4, true)),
      scope: text(view.getUint32(at + 8, true)),
      step: view.getUint32(at + 12, true),
      device: view.getUint8(at + 16),
      phase: phases[view.getUint8(at + 17)] ?? "other",
      done: view.getUint8(at + 18) !== 0,
      time: view.getFloat64(at + 24, true),
    });
  }
  return ops;
}

export function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.byteLength < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
