// Opens a run's two binary files and reads what is new in them. Sizes come from the file system, never from the file's
// own fields. Knows nothing of run folders or processes.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { eventsHeaderBytes, parseEvents, parseEventsHeader, type RunEvent } from "./eventsFormat.js";
import { parseRecorder, type Recorder } from "./recorderFormat.js";

/** A recorder.bin is 300 kB; anything much larger is not one. */
const largestRecorder = 16 * 2 ** 20;
/** Bytes of events read in one go. */
const chunkBytes = 4 * 2 ** 20;

/** The contents of a recorder.bin; undefined when it is missing or is none. Never throws. */
export function readRecorder(file: string): Recorder | undefined {
  return withFile(file, (descriptor, size) => {
    if (size > largestRecorder) return undefined;
    return parseRecorder(readAt(descriptor, 0, size));
  });
}

export interface EventsRead {
  readonly events: readonly RunEvent[];
  /** Where to go on: the number of records read or passed over so far. */
  readonly next: number;
  /** More were there than one call reads. */
  readonly more: boolean;
}

/** Events of an events.bin from record `from` on, at most some megabytes of them. A missing or damaged file has none. Never throws. */
export function readEvents(file: string, from = 0): EventsRead {
  const nothing = { events: [], next: from, more: false };
  return (
    withFile(file, (descriptor, size) => {
      const header = parseEventsHeader(readAt(descriptor, 0, Math.min(size, eventsHeaderBytes)));
      if (!header) return nothing;
      const { recordBytes } = header;
      const present = Math.min(header.count, Math.floor((size - eventsHeaderBytes) / recordBytes));
      const until = Math.min(present, from + Math.floor(chunkBytes / recordBytes));
      if (until <= from) return nothing;
      const bytes = readAt(descriptor, eventsHeaderBytes + from * recordBytes, (until - from) * recordBytes);
      const next = from + Math.floor(bytes.byteLength / recordBytes);
      return { events: parseEvents(bytes, recordBytes), next, more: next < present };
    }) ?? nothing
  );
}

/** Number of events that are there. */
export function countEvents(file: string): number {
  return (
    withFile(file, (descriptor, size) => {
      const header = parseEventsHeader(readAt(descriptor, 0, Math.min(size, eventsHeaderBytes)));
      return header ? Math.min(header.count, Math.floor((size - eventsHeaderBytes) / header.recordBytes)) : 0;
    }) ?? 0
  );
}

/** All events from record `start` on, chunk by chunk. */
export function* eachEvent(file: string, start = 0): Generator<RunEvent> {
  for (let from = start; ;) {
    const { events, next, more } = readEvents(file, from);
    yield* events;
    if (!more || next === from) return;
    from = next;
  }
}

function withFile<T>(file: string, use: (descriptor: number, size: number) => T): T | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    return use(descriptor, fstatSync(descriptor).size);
  } catch {
    return undefined; // missing, a folder, unreadable, cut while it was read: nothing to show
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Up to `length` bytes: fewer when the file ends before. */
function readAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = readSync(descriptor, bytes, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
