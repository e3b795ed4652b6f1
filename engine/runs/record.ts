// run.json, checked: a file that somebody edited, or that another version wrote, must not reach a panel as something else.
// Knows no files.
import type { OptionValue, RunError, RunRecord, RunState, RunVerb, SourceLine } from "../protocol.js";

type Json = Readonly<Record<string, unknown>>;

const states: readonly string[] = [
  "starting",
  "running",
  "stopping",
  "stopped",
  "finished",
  "failed",
] satisfies RunState[];
const verbs: readonly string[] = ["run", "train", "test"] satisfies RunVerb[];

/** The record in the text of a run.json; undefined when it is none. Fields of a wrong type are left out. Never throws. */
export function parseRecord(text: string): RunRecord | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(json) || json.format !== 1) return undefined;
  const { id, program, verb, state, pid, startedAt } = json;
  if (typeof id !== "string" || typeof program !== "string" || typeof pid !== "number") return undefined;
  if (typeof startedAt !== "number" || !isOneOf<RunVerb>(verb, verbs) || !isOneOf<RunState>(state, states)) {
    return undefined;
  }
  const versions = isObject(json.versions) ? json.versions : {};
  return {
    format: 1,
    id,
    program,
    verb,
    options: optionsOf(json.options),
    state,
    pid,
    startedAt,
    device: textOf(json.device) ?? "cpu",
    synchronousErrors: json.synchronousErrors === true,
    versions: {
      gradtape: textOf(versions.gradtape) ?? "",
      node: textOf(versions.node) ?? "",
      ...given("tensorflow", textOf(versions.tensorflow)),
    },
    ...given("processIdentity", textOf(json.processIdentity)),
    ...given("endedAt", numberOf(json.endedAt)),
    ...given("exitCode", numberOf(json.exitCode)),
    ...given("signal", textOf(json.signal)),
    ...given("error", errorOf(json.error)),
    ...given("seed", numberOf(json.seed)),
    ...given("threads", numberOf(json.threads)),
    ...given("resumedFrom", textOf(json.resumedFrom)),
    ...given("git", gitOf(json.git)),
  };
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isOneOf = <T extends string>(value: unknown, all: readonly string[]): value is T =>
  typeof value === "string" && all.includes(value);
const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);
const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);

/** `{ [key]: value }`, or nothing: absent fields stay absent. */
function given<K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: T });
}

function optionsOf(value: unknown): Record<string, OptionValue> {
  if (!isObject(value)) return {};
  const isOption = (entry: [string, unknown]): entry is [string, OptionValue] =>
    ["string", "number", "boolean"].includes(typeof entry[1]);
  return Object.fromEntries(Object.entries(value).filter(isOption));
}

function errorOf(value: unknown): RunError | undefined {
  if (!isObject(value)) return undefined;
  const at = lineOf(value.at);
  return {
    name: textOf(value.name) ?? "Error",
    message: textOf(value.message) ?? "",
    ...given("at", at),
    ...given("stack", textOf(value.stack)),
  };
}

function lineOf(value: unknown): SourceLine | undefined {
  if (!isObject(value) || typeof value.file !== "string" || typeof value.line !== "number") return undefined;
  return { file: value.file, line: value.line, ...given("column", numberOf(value.column)) };
}

function gitOf(value: unknown): RunRecord["git"] {
  if (!isObject(value) || typeof value.commit !== "string") return undefined;
  return { commit: value.commit, dirty: value.dirty === true };
}
