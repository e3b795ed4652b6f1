// Readers of a run's files, for panels and terminal alike. No native code, no tape, no editor.
export { type Death, deathError } from "./deathError.js";
export { type EventKind, eventKinds, parseEvents, type RunEvent } from "./eventsFormat.js";
export { pointsOf } from "./metrics.js";
export { isProcessAlive, processIdentity } from "./process.js";
export { type ProgressMeter, progressMeter } from "./progress.js";
export { countEvents, eachEvent, type EventsRead, readEvents, readRecorder } from "./readFiles.js";
export { parseRecord } from "./record.js";
export { lastOperation, parseLine, parseRecorder, phases, type RecordedOp, type Recorder } from "./recorderFormat.js";
export {
  checkpointsOf,
  concludeState,
  lastMetricsOf,
  listRuns,
  livingRuns,
  metricsOf,
  progressOf,
  readRecord,
  readRun,
} from "./runFolder.js";
export { isAlive } from "./runState.js";
