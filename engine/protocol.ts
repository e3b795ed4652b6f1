// Everything that crosses a border, as two kinds of tables: requests (name, parameters, result) and events (name, fields).
// Three parties: the engine process (its reporter thread), the extension host, a webview panel. Imports nothing.
// Bulk data are typed arrays: MessagePack carries them over the socket, structured clone over postMessage; never JSON arrays.

// ---- runs ---------------------------------------------------------------------------------------------------------

export type RunVerb = "run" | "train" | "test";

/** `failed`: it threw, was killed or crashed. `stopped`: the user stopped it. */
export type RunState = "starting" | "running" | "stopping" | "stopped" | "finished" | "failed";

export interface SourceLine {
  /** Absolute path of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column?: number;
}

export interface RunError {
  /** The class, e.g. "ShapeError". */
  readonly name: string;
  readonly message: string;
  /** The first frame in the user's code. */
  readonly at?: SourceLine;
  readonly stack?: string;
}

export type OptionValue = string | number | boolean;

/** The contents of run.json. */
export interface RunRecord {
  readonly format: 1;
  readonly id: string;
  /** Absolute path of the program. */
  readonly program: string;
  readonly verb: RunVerb;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly state: RunState;
  readonly pid: number;
  /** Tells this process from a later one with the same pid (boot id and start time), where the system says so. */
  readonly processIdentity?: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly error?: RunError;
  readonly device: string;
  readonly seed?: number;
  readonly synchronousErrors: boolean;
  /** Threads that one operation of the run may use. */
  readonly threads?: number;
  /** Checkpoint file this run was resumed from. */
  readonly resumedFrom?: string;
  readonly versions: { readonly gradtape: string; readonly node: string; readonly tensorflow?: string };
  readonly git?: { readonly commit: string; readonly dirty: boolean };
}

/** Where the process was last seen, from recorder.bin. */
export interface LastOperation {
  readonly op: string;
  /** False when the process died inside it. */
  readonly done: boolean;
  readonly scope?: string;
  readonly at?: SourceLine;
  readonly step: number;
  readonly phase: Phase;
}

export type Phase = "other" | "forward" | "backward" | "optimiser" | "data";

export interface RunProgress {
  /** What is being iterated: "train" or "test". */
  readonly phase: string;
  /** From 1; 0 when the program does not say. */
  readonly epoch: number;
  readonly epochs: number;
  /** Position in the loader (from 1) and its length (0 when unknown). */
  readonly position: number;
  readonly length: number;
  /** Steps since the start of the run. */
  readonly step: number;
  readonly stepsPerSecond: number;
  /** Seconds left for all epochs, when both are known. */
  readonly eta?: number;
}

/** Points of one metric, in order. The three arrays have the same length. */
export interface MetricPoints {
  readonly name: string;
  readonly steps: Float64Array;
  readonly values: Float64Array;
  /** Milliseconds since 1970. */
  readonly times: Float64Array;
}

/** One run as lists and panels show it. */
export interface RunSummary extends RunRecord {
  readonly folder: string;
  /** "mnist.ts › train". */
  readonly title: string;
  readonly debugging?: boolean;
  readonly progress?: RunProgress;
  readonly last?: LastOperation;
  readonly checkpoints: readonly CheckpointInfo[];
}

export interface CheckpointInfo {
  readonly file: string;
  readonly step: number;
  readonly bytes: number;
}

// ---- tensors ------------------------------------------------------------------------------------------------------

export type DTypeName =
  "float32" | "float64" | "float16" | "bfloat16" | "int8" | "uint8" | "int16" | "int32" | "int64" | "bool";

/** What an expression in a paused frame evaluates to: enough to read it from another thread. */
export interface TensorRef {
  /** Native id of the contents. */
  readonly id: number;
  readonly dtype: DTypeName;
  /** Logical shape (NCHW). */
  readonly shape: readonly number[];
  /** "nhwc" when the bytes lie in NHWC order for this NCHW shape. */
  readonly layout: "strided" | "nhwc";
  readonly device: string;
  readonly requiresGrad: boolean;
  /** Name of the operation that made it: "relu"; absent for a leaf. */
  readonly gradFn?: string;
  /** The gradient, when there is one. */
  readonly grad?: { readonly id: number; readonly layout: "strided" | "nhwc" };
}

export interface TensorStats {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly zeros: number;
  readonly nan: number;
  readonly posInf: number;
  readonly negInf: number;
  /** Counts of equal bins between min and max of the finite values. */
  readonly histogram: Float64Array;
}

/**
 * A rectangle of a tensor: two axes run, the others are fixed at `index`. An axis of -1 stands for a direction the tensor
 * does not have: a vector is read with `columnAxis` -1 (one column), a scalar with both -1 (one cell).
 */
export interface PageQuery {
  readonly tensor: TensorRef;
  readonly rowAxis: number;
  readonly columnAxis: number;
  /** One entry per axis; those at rowAxis and columnAxis are ignored. */
  readonly index: readonly number[];
  readonly rowStart: number;
  readonly rowCount: number;
  readonly columnStart: number;
  readonly columnCount: number;
}

/** Values row by row. int64 are exact up to 2^53. */
export interface Page {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** A reduced picture of the two running axes: at most `maxRows x maxColumns` cells, each the mean of its block (NaN if a block has one). */
export interface ImageQuery extends Omit<PageQuery, "rowStart" | "rowCount" | "columnStart" | "columnCount"> {
  readonly maxRows: number;
  readonly maxColumns: number;
}

// ---- the engine (its reporter thread) and the extension host ------------------------------------------------------

/** Asked by the extension, answered by the engine's reporter. */
export interface EngineRequests {
  "run.stop": (ask: Record<string, never>) => { readonly accepted: boolean };
  "tensor.stats": (ask: { readonly tensor: TensorRef; readonly bins: number }) => TensorStats;
  "tensor.page": (ask: PageQuery) => Page;
  "tensor.image": (ask: ImageQuery) => Page;
}

/** Told by the engine's reporter. */
export interface EngineEvents {
  /** First message on the socket. The token proves which run this is. */
  hello: { readonly token: string; readonly folder: string; readonly pid: number };
  /** run.json changed. */
  "run.record": { readonly record: RunRecord };
  "run.progress": { readonly progress: RunProgress };
  "run.metrics": { readonly metrics: readonly MetricPoints[] };
  "run.checkpoint": { readonly checkpoint: CheckpointInfo };
}

/** Nothing is asked of the extension, or told to the engine, yet. */
export type NoRequests = Record<never, never>;
export type NoEvents = Record<never, never>;

// ---- the extension host and a panel ---------------------------------------------------------------------------------

/** Asked by a panel, answered by the extension host. */
export interface HostRequests {
  "runs.list": (ask: Record<string, never>) => { readonly runs: readonly RunSummary[] };
  /** One run with all its points so far; later points come as events. */
  "runs.open": (ask: { readonly run: string }) => {
    readonly run: RunSummary;
    readonly metrics: readonly MetricPoints[];
  };
  "run.stop": (ask: { readonly run: string }) => { readonly accepted: boolean };
  /** Starts the same program, verb and options again. */
  "run.again": (ask: { readonly run: string }) => { readonly started: boolean };
  "source.open": (ask: { readonly at: SourceLine; readonly peek: boolean }) => { readonly opened: boolean };
  "folder.reveal": (ask: { readonly path: string }) => { readonly opened: boolean };
  "command.run": (ask: { readonly command: PanelCommand }) => { readonly done: boolean };
  /** The tensor this inspector was opened for. */
  "tensor.subject": (ask: Record<string, never>) => TensorSubject;
  "tensor.stats": EngineRequests["tensor.stats"];
  "tensor.page": EngineRequests["tensor.page"];
  "tensor.image": EngineRequests["tensor.image"];
}

/** Commands that a panel's empty state may offer. */
export type PanelCommand = "gradtape.train" | "gradtape.inspectTensor" | "gradtape.openExample";

/** The subject of a tensor inspector. `live`: the process still stops at this frame; else the values are what was read last. */
export type TensorSubject =
  | {
      readonly kind: "tensor";
      readonly expression: string;
      readonly tensor: TensorRef;
      readonly at?: SourceLine;
      readonly live: boolean;
    }
  | { readonly kind: "none"; readonly reason: string };

/** Told by the extension host to a panel. */
export interface HostEvents {
  "run.changed": { readonly run: RunSummary };
  "run.removed": { readonly run: string };
  "run.metrics": { readonly run: string; readonly metrics: readonly MetricPoints[] };
  /** Show this run. */
  "run.show": { readonly run: string };
  /** The inspector's tensor changed, was read again at a new stop, or went away. */
  "tensor.subject": { readonly subject: TensorSubject };
}

/** Told by a panel. */
export interface PanelEvents {
  /** The page is mounted and listens. */
  ready: Record<string, never>;
  /** Something went wrong in the page: it belongs in the log. */
  error: { readonly message: string; readonly stack?: string };
}
