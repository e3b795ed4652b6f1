// What may cross a border, checked on entry: a schema per row of the tables in protocol.ts. A row without its schema
// does not compile. Knows no transport.
import * as v from "valibot";
import type { EventValidators, Validators } from "./channel.js";
import type {
  CheckpointInfo,
  EngineEvents,
  EngineRequests,
  HostRequests,
  ImageQuery,
  MetricPoints,
  Page,
  PageQuery,
  PanelEvents,
  RunProgress,
  RunRecord,
  SourceLine,
  TensorRef,
  TensorStats,
} from "./protocol.js";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Any number: a statistic of a tensor may well be NaN. */
const float = v.union([v.number(), v.nan()]);
const nothing: v.GenericSchema<unknown, Record<string, never>> = v.strictObject({});
const floats = v.instance(Float64Array);
const layout = v.picklist(["strided", "nhwc"]);
/** -1: a direction that the tensor does not have. */
const axis = v.pipe(v.number(), v.integer(), v.minValue(-1), v.maxValue(63));
/** Cells that one answer may hold: a larger picture is asked for in pages. */
const largestSide = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1 << 20));

const sourceLine: v.GenericSchema<unknown, SourceLine> = v.object({
  file: v.string(),
  line: count,
  column: v.optional(count),
});

const tensorRef: v.GenericSchema<unknown, TensorRef> = v.object({
  id: count,
  dtype: v.picklist(["float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool"]),
  shape: v.pipe(v.array(count), v.maxLength(64)),
  layout,
  device: v.string(),
  requiresGrad: v.boolean(),
  gradFn: v.optional(v.string()),
  grad: v.optional(v.object({ id: count, layout })),
});

const running = { tensor: tensorRef, rowAxis: axis, columnAxis: axis, index: v.pipe(v.array(count), v.maxLength(64)) };
const pageQuery: v.GenericSchema<unknown, PageQuery> = v.object({
  ...running,
  rowStart: count,
  rowCount: largestSide,
  columnStart: count,
  columnCount: largestSide,
});
const imageQuery: v.GenericSchema<unknown, ImageQuery> = v.object({
  ...running,
  maxRows: v.pipe(largestSide, v.minValue(1)),
  maxColumns: v.pipe(largestSide, v.minValue(1)),
});

const page: v.GenericSchema<unknown, Page> = v.object({ rows: count, columns: count, values: floats });
const stats: v.GenericSchema<unknown, TensorStats> = v.object({
  count,
  min: float,
  max: float,
  mean: float,
  std: float,
  zeros: count,
  nan: count,
  posInf: count,
  negInf: count,
  histogram: floats,
});

const record: v.GenericSchema<unknown, RunRecord> = v.object({
  format: v.literal(1),
  id: v.string(),
  program: v.string(),
  verb: v.picklist(["run", "train", "test"]),
  options: v.record(v.string(), v.union([v.string(), float, v.boolean()])),
  state: v.picklist(["starting", "running", "stopping", "stopped", "finished", "failed"]),
  pid: count,
  processIdentity: v.optional(v.string()),
  startedAt: v.number(),
  endedAt: v.optional(v.number()),
  exitCode: v.optional(v.number()),
  signal: v.optional(v.string()),
  error: v.optional(
    v.object({
      name: v.string(),
      message: v.string(),
      at: v.optional(sourceLine),
      stack: v.optional(v.string()),
    }),
  ),
  device: v.string(),
  seed: v.optional(v.number()),
  synchronousErrors: v.boolean(),
  threads: v.optional(v.number()),
  resumedFrom: v.optional(v.string()),
  versions: v.object({ gradtape: v.string(), node: v.string(), tensorflow: v.optional(v.string()) }),
  git: v.optional(v.object({ commit: v.string(), dirty: v.boolean() })),
});

const progress: v.GenericSchema<unknown, RunProgress> = v.object({
  phase: v.string(),
  epoch: v.number(),
  epochs: v.number(),
  position: v.number(),
  length: v.number(),
  step: count,
  stepsPerSecond: v.number(),
  eta: v.optional(v.number()),
});

const points: v.GenericSchema<unknown, MetricPoints> = v.pipe(
  v.object({ name: v.string(), steps: floats, values: floats, times: floats }),
  v.check(
    ({ steps, values, times }) => steps.length === values.length && values.length === times.length,
    "expected steps, values and times of the same length",
  ),
);

const checkpoint: v.GenericSchema<unknown, CheckpointInfo> = v.object({ file: v.string(), step: count, bytes: count });
const someRun = v.object({ run: v.string() });

type Result<Row> = Row extends (ask: never) => infer R ? R : never;
/** A validator for every row's answer. */
export type AnswerValidators<Requests> = {
  readonly [Name in keyof Requests]: (answer: unknown) => Result<Requests[Name]>;
};

/** What the extension asks of the engine. */
export const engineRequestValidators: Validators<EngineRequests> = {
  "run.stop": check("run.stop", nothing),
  "tensor.stats": check(
    "tensor.stats",
    v.object({ tensor: tensorRef, bins: v.pipe(count, v.minValue(1), v.maxValue(4096)) }),
  ),
  "tensor.page": check("tensor.page", pageQuery),
  "tensor.image": check("tensor.image", imageQuery),
};

/** What the engine answers. */
export const engineAnswerValidators: AnswerValidators<EngineRequests> = {
  "run.stop": check("run.stop", v.object({ accepted: v.boolean() })),
  "tensor.stats": check("tensor.stats", stats),
  "tensor.page": check("tensor.page", page),
  "tensor.image": check("tensor.image", page),
};

/** What the engine tells. */
export const engineEventValidators: EventValidators<EngineEvents> = {
  hello: check("hello", v.object({ token: v.string(), folder: v.string(), pid: count })),
  "run.record": check("run.record", v.object({ record })),
  "run.progress": check("run.progress", v.object({ progress })),
  "run.metrics": check("run.metrics", v.object({ metrics: v.array(points) })),
  "run.checkpoint": check("run.checkpoint", v.object({ checkpoint })),
};

/** What a panel asks of the extension host. */
export const hostRequestValidators: Validators<HostRequests> = {
  "runs.list": check("runs.list", nothing),
  "runs.open": check("runs.open", someRun),
  "run.stop": check("run.stop", someRun),
  "run.again": check("run.again", someRun),
  "source.open": check("source.open", v.object({ at: sourceLine, peek: v.boolean() })),
  "folder.reveal": check("folder.reveal", v.object({ path: v.string() })),
  "command.run": check(
    "command.run",
    v.object({ command: v.picklist(["gradtape.train", "gradtape.inspectTensor", "gradtape.openExample"]) }),
  ),
  "tensor.subject": check("tensor.subject", nothing),
  "tensor.stats": engineRequestValidators["tensor.stats"],
  "tensor.page": engineRequestValidators["tensor.page"],
  "tensor.image": engineRequestValidators["tensor.image"],
};

/** What a panel tells the extension host. */
export const panelEventValidators: EventValidators<PanelEvents> = {
  ready: check("ready", nothing),
  error: check("error", v.object({ message: v.string(), stack: v.optional(v.string()) })),
};

/** What the debugger hands over for an expression in a paused frame. */
export const validateTensorRef: (value: unknown) => TensorRef = check("tensor", tensorRef);

function check<T>(name: string, schema: v.GenericSchema<unknown, T>): (value: unknown) => T {
  return (value) => {
    const result = v.safeParse(schema, value, { abortEarly: true });
    if (result.success) return result.output;
    const [issue] = result.issues;
    const where = v.getDotPath(issue);
    throw new Error(`${name}: ${where ? `${where}: ` : ""}${issue.message}`);
  };
}
