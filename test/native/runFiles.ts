// Reads recorder.bin and events.bin byte by byte, as docs/run-folder.md describes them: independently of the engine's own
// reader, so that both are held to the document.
import { readFileSync } from "node:fs";
import path from "node:path";

export interface OperationRecord {
  readonly name: string;
  readonly line: string;
  readonly scope: string;
  readonly step: number;
  readonly device: number;
  readonly phase: number;
  readonly done: number;
  readonly time: number;
}

export interface EventRecord {
  readonly kind: number;
  readonly name: string;
  readonly step: number;
  readonly line: string;
  readonly time: number;
  readonly value: number;
  readonly value2: number;
}

export interface RunFiles {
  readonly strings: readonly string[];
  readonly operations: readonly OperationRecord[];
  readonly written: number;
  readonly opened: number;
  readonly pid: number;
  readonly line: string;
  readonly scope: string;
  readonly step: number;
  readonly phase: number;
  readonly stop: number;
  readonly events: readonly EventRecord[];
}

export function readRunFiles(folder: string): RunFiles {
  const file = readFileSync(path.join(folder, "recorder.bin"));
  if (file.toString("latin1", 0, 8) !== "GTREC001") throw new Error("recorder.bin: wrong magic");
  const [headerBytes, stringsAt, stringBytes, ringAt, ring, recordBytes] = [8, 12, 16, 20, 24, 28].map((at) =>
    file.readUInt32LE(at),
  );
  if (headerBytes !== 4096 || stringsAt !== 4096 || stringBytes !== 262144 || ring !== 1024 || recordBytes !== 32) {
    throw new Error("recorder.bin: wrong header");
  }
  if (file.length !== ringAt + ring * recordBytes) throw new Error(`recorder.bin: ${file.length} bytes`);

  const strings = [""];
  for (let at = stringsAt, end = stringsAt + file.readUInt32LE(72); at < end;) {
    const length = file.readUInt16LE(at);
    strings.push(file.toString("utf8", at + 2, at + 2 + length));
    at += 2 + length;
  }

  const written = Number(file.readBigUInt64LE(64));
  const operations: OperationRecord[] = [];
  for (let k = Math.max(0, written - ring); k < written; k++) {
    const at = ringAt + (k % ring) * recordBytes;
    if (file[at + 19] !== 0 || file.readUInt32LE(at + 20) !== 0) throw new Error("recorder.bin: padding is not zero");
    operations.push({
      name: strings[file.readUInt32LE(at)],
      line: strings[file.readUInt32LE(at + 4)],
      scope: strings[file.readUInt32LE(at + 8)],
      step: file.readUInt32LE(at + 12),
      device: file[at + 16],
      phase: file[at + 17],
      done: file[at + 18],
      time: file.readDoubleLE(at + 24),
    });
  }
  return {
    strings,
    operations,
    written,
    opened: file.readDoubleLE(32),
    pid: file.readUInt32LE(40),
    line: strings[file.readUInt32LE(76)],
    scope: strings[file.readUInt32LE(80)],
    step: file.readUInt32LE(84),
    phase: file.readUInt32LE(88),
    stop: file.readUInt32LE(92),
    events: readEvents(path.join(folder, "events.bin"), strings),
  };
}

function readEvents(name: string, strings: readonly string[]): EventRecord[] {
  const file = readFileSync(name);
  if (file.toString("latin1", 0, 8) !== "GTEVT001" || file.readUInt32LE(8) !== 40)
    throw new Error("events.bin: wrong header");
  if (file.length % (1 << 20) !== 0) throw new Error(`events.bin: ${file.length} bytes, expected whole MiB`);
  return Array.from({ length: Number(file.readBigUInt64LE(16)) }, (_, k) => {
    const at = 64 + k * 40;
    if (file.readUIntLE(at + 1, 3) !== 0) throw new Error("events.bin: padding is not zero");
    return {
      kind: file[at],
      name: strings[file.readUInt32LE(at + 4)],
      step: file.readUInt32LE(at + 8),
      line: strings[file.readUInt32LE(at + 12)],
      time: file.readDoubleLE(at + 16),
      value: file.readDoubleLE(at + 24),
      value2: file.readDoubleLE(at + 32),
    };
  });
}
