// Runs inside the extension host of a real workbench: VS Code calls `run()`. Each test's outcome is a line of output.
import { hostTestNames, type HostTestName, type HostTestReport, reportMark } from "../hostTestNames.js";
import { activates, completes, runsJavaScript } from "./authoring.js";
import {
  againWithOptions,
  diesAndRecovers,
  failsAtLine,
  failsToStart,
  finishes,
  foreignRun,
  stopsTightLoop,
} from "./runs.js";

/** What a test wants to have said beside its name. */
type HostTest = () => Promise<string | void>;

const tests: { readonly [Name in HostTestName]: HostTest } = {
  "the extension is there and activates in at most 50 ms": activates,
  "a run finishes, with its values and options": finishes,
  "running again gives the same options": againWithOptions,
  "a tight synchronous loop stops within a second": stopsTightLoop,
  "a killed process is a failed run with its last line, and the next run works": diesAndRecovers,
  "an error is a problem at the user's line until the program is edited": failsAtLine,
  "a program that cannot start is a failed run with the reason": failsToStart,
  "a run of a terminal appears, follows, and can be stopped": foreignRun,
  "a lone file completes and is checked": completes,
  "a program in JavaScript has its buttons and runs": runsJavaScript,
};

const longestMs = 60_000;

export async function run(): Promise<void> {
  for (const name of hostTestNames) {
    const started = performance.now();
    const outcome = await within(longestMs, tests[name]()).then(
      (note) => (note === undefined ? {} : { note }),
      (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    const report: HostTestReport = { name, ms: Math.round(performance.now() - started), ...outcome };
    console.log(reportMark + JSON.stringify(report));
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end in ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
