// The bytes of events.bin (docs/run-folder.md): metrics, steps, epochs, checkpoints, in order. The file is read while it
// is written and may be longer than what was written, or shorter. Knows bytes only: no files.
import { startsWith } from "./recorderFormat.js";

const magic = "GTEVT001";
export const eventsHeaderBytes = 64;
/** Records that later versions may make longer, never shorter. */
const smallestRecord = 40;
const largestRecord = 4096;

/** The numbers of the kinds in the file; a number never changes its meaning. Others are left out when reading. */
export const eventKinds = { metric: 1, step: 2, epoch: 3, checkpoint: 4 } as const;
export type EventKind = keyof typeof eventKinds;
const kindsByNumber = new Map(
  Object.entries(eventKinds).map(([kind, number]) => [number as number, kind as EventKind]),
);

export interface RunEvent {
  readonly kind: EventKind;
  /** String id of recorder.bin. */
  readonly name: number;
  readonly step: number;
  /** String id of the line that caused it; 0 when unknown. */
  readonly line: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
  readonly value2: number;
}

export interface EventsHeader {
  readonly recordBytes: number;
  /** Records written so far, as the header says; the file may hold fewer. */
  readonly count: number;
}

/** Undefined when the bytes do not begin as an events.bin. Never throws. */
export function parseEventsHeader(bytes: Uint8Array): EventsHeader | undefined {
  if (bytes.byteLength < eventsHeaderBytes || !startsWith(bytes, magic)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const recordBytes = view.getUint32(8, true);
  const count = Number(view.getBigUint64(16, true));
  if (recordBytes < smallestRecord || recordBytes > largestRecord) return undefined;
  return { recordBytes, count };
}

/** Reads whole records; what is left over at the end and records of unknown kinds are passed over. */
export function parseEvents(bytes: Uint8Array, recordBytes: number): RunEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: RunEvent[] = [];
  for (let at = 0; at + recordBytes <= bytes.byteLength; at += recordBytes) {
    const kind = kindsByNumber.get(view.getUint8(at));
    if (!kind) continue;
    events.push({
      kind,
      name: view.getUint32(at + 4, true),
      step: view.getUint32(at + 8, true),
      line: view.getUint32(at + 12, true),
      time: view.getFloat64(at + 16, true),
      value: view.getFloat64(at + 24, true),
      value2: view.getFloat64(at + 32, true),
    });
  }
  return events;
}
