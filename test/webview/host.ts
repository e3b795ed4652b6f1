// The extension host's side of the border, inside the page of the harness: the real channel and the real protocol over
// window messages, answering from a scenario and remembering what it was asked. Loaded before the panel's own script.
import { createMessageConnection } from "vscode-jsonrpc/browser";
import { openChannel, type Handlers } from "../../engine/channel.js";
import { portTransport } from "../../engine/channelPort.js";
import type {
  HostEvents,
  HostRequests,
  NoRequests,
  PanelEvents,
  RunSummary,
  TensorRef,
} from "../../engine/protocol.js";
import { hostRequestValidators, panelEventValidators } from "../../engine/protocolSchemas.js";
import { metricsBetween, runAt } from "../support/fakeRun.js";
import type { ServedTensor } from "./fakeTensors.js";
import { scenarioOf, type RecordedRun, type ScenarioName } from "./scenarios.js";

export interface Harness {
  /** Everything the panel asked, in order. */
  readonly asked: { readonly name: string; readonly ask: unknown }[];
  readonly errors: PanelEvents["error"][];
  readonly tell: <Name extends keyof HostEvents & string>(name: Name, fields: HostEvents[Name]) => void;
  /** Moves the running run on to `step`, as the engine's reporter would. */
  readonly advance: (step: number) => void;
  /** A run in the middle of its work. */
  readonly summary: () => RunSummary;
  /** Shows the tensor with this id as the new subject. */
  readonly subject: (expression: string, id: number, live: boolean) => void;
  readonly state: () => unknown;
  /** Whether the panel has said that it listens. */
  readonly ready: () => boolean;
}

declare global {
  interface Window {
    readonly harness: Harness;
  }
}

const parameters = new URLSearchParams(location.search);
const scenario = scenarioOf(parameters.get("scenario") as ScenarioName);
const heard = new Set<(message: unknown) => void>();
const asked: Harness["asked"] = [];
const errors: PanelEvents["error"][] = [];
let state: unknown = JSON.parse(parameters.get("state") ?? "null") ?? undefined;
let ready = false;
let step = scenario.runs?.[0]?.run.progress?.step ?? 0;

// Both ways by structured clone and in a later turn, as between VS Code's frames.
Object.assign(window, {
  acquireVsCodeApi: () => ({
    postMessage: (message: unknown) => {
      const copy: unknown = structuredClone(message);
      setTimeout(() => heard.forEach((listener) => listener(copy)));
    },
    getState: () => state,
    setState: (next: unknown) => (state = structuredClone(next)),
  }),
});

const { reader, writer } = portTransport({
  post: (message) => window.postMessage(message, "*"),
  listen: (listener) => {
    heard.add(listener);
    return { dispose: () => void heard.delete(listener) };
  },
});

const runOf = (id: string): RecordedRun => {
  const found = scenario.runs?.find(({ run }) => run.id === id);
  if (!found) throw new Error(`no run ${id}`);
  return found;
};

const tensorOf = ({ id }: TensorRef): ServedTensor => {
  const found = scenario.tensors?.find(({ ref }) => ref.id === id);
  if (!found) throw new Error(`no tensor ${id}`);
  return found;
};

const answers: Handlers<HostRequests> = {
  "runs.list": () => ({ runs: (scenario.runs ?? []).map(({ run }) => run) }),
  "runs.open": ({ run }) => runOf(run),
  "run.stop": () => ({ accepted: true }),
  "run.again": () => ({ started: true }),
  "source.open": () => ({ opened: true }),
  "folder.reveal": () => ({ opened: true }),
  "command.run": () => ({ done: true }),
  "tensor.subject": () => scenario.subject ?? { kind: "none", reason: "no subject" },
  "tensor.stats": ({ tensor, bins }) => tensorOf(tensor).stats(bins),
  "tensor.page": (query) => tensorOf(query.tensor).page(query),
  "tensor.image": (query) => tensorOf(query.tensor).image(query),
};

/** Notes each question, then answers it, refuses it or keeps still, as the scenario says. */
const handlers = Object.fromEntries(
  Object.entries(answers).map(([name, answer]) => [
    name,
    (ask: never, cancel: never) => {
      asked.push({ name, ask });
      if (scenario.silent?.includes(name)) return new Promise(() => {});
      const failure = scenario.fails?.[name];
      if (failure !== undefined) throw new Error(failure);
      return (answer as (ask: never, cancel: never) => unknown)(ask, cancel);
    },
  ]),
) as unknown as Handlers<HostRequests>;

const channel = openChannel<HostRequests, NoRequests, HostEvents, PanelEvents>(
  createMessageConnection(reader, writer),
  handlers,
  {
    requests: hostRequestValidators,
    events: panelEventValidators,
    refused: (error) => errors.push({ message: String(error) }),
  },
);
channel.hear("ready", () => (ready = true));
channel.hear("error", (fields) => errors.push(fields));

const harness: Harness = {
  asked,
  errors,
  tell: (name, fields) => channel.tell(name, fields),
  advance: (to) => {
    const run = runAt(to);
    channel.tell("run.metrics", { run: run.id, metrics: metricsBetween(step, to) });
    channel.tell("run.changed", { run });
    step = to;
  },
  subject: (expression, id, live) => {
    const found = scenario.tensors?.find(({ ref }) => ref.id === id);
    if (found) channel.tell("tensor.subject", { subject: { kind: "tensor", expression, tensor: found.ref, live } });
  },
  summary: () => runAt(300),
  state: () => state,
  ready: () => ready,
};
Object.assign(window, { harness });
