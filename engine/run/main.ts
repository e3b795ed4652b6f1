// One run, from its folder to its exit code: the record, the recorder, the reporter, the user's program, and the last
// word whatever happens. The user's code is called with no `try` around it: a debugger that stops at uncaught errors
// stops where they are thrown, and they arrive here through the process's own handler.
import { rmSync } from "node:fs";
import { basename, dirname } from "node:path";
import { getNumThreads, setNumInteropThreads, setNumThreads } from "../backend/settings.js";
import { ArgumentError } from "../errors.js";
import { crowdedText, crowdOf } from "./crowdedCores.js";
import { loadAddon } from "../native/load.js";
import type { NativeBinding } from "../native/binding.js";
import type { RunRecord, RunState, RunVerb } from "../protocol.js";
import { processIdentity } from "../runs/process.js";
import { generatorStates, manualSeed, setGeneratorStates, type GeneratorState } from "../random.js";
import { observed } from "../state.js";
import { packageVersion } from "./engineFolder.js";
import { gitState } from "./gitState.js";
import { makeRunFolder, type RecordFile, recordFile, runsRoot } from "./newRun.js";
import { checkSpec, OptionError, type OptionSpec } from "./options.js";
import { firstWrite } from "./firstWrite.js";
import { describeError, isLinkError, RunStopped, shortPath, UsageError } from "./programError.js";
import { entryHint, importProgram, missingExport, programPath } from "./programFile.js";
import { readArguments, recordedOptions } from "./programCommand.js";
import { resumedText } from "./resumeText.js";
import { type Reporter, startReporter } from "./reporterThread.js";
import { makeRun, type RunHandle } from "./run.js";
import { runRecorder } from "./runRecorder.js";
import { stopGraceMs, stoppedExitCode } from "./stop.js";
import { hasSynchronousErrors } from "./synchronousErrors.js";
import { type Display, openDisplay } from "./terminal.js";

export interface RunRequest {
  readonly verb: RunVerb;
  /** The program, as it was given. */
  readonly file: string;
  /** Its arguments. */
  readonly args: readonly string[];
  readonly showStack: boolean;
}

/**
 * Makes the run's folder and gives the function that runs the program and ends the process with its exit code.
 * @throws {UsageError} when there is no such program; what the file system says when there can be no folder.
 */
export function prepareRun(request: RunRequest): () => Promise<void> {
  const { verb, file, showStack } = request;
  const program = programPath(file);
  const root = runsRoot();
  const { id, folder } = makeRunFolder(root, program, verb);
  const record = recordFile(folder, firstRecord(id, program, verb));
  const life = new RunLife(folder, record, showStack);
  life.guard();
  return () => runProgram(request, { program, root, folder, record, life });
}

interface Prepared {
  readonly program: string;
  readonly root: string;
  readonly folder: string;
  readonly record: RecordFile;
  readonly life: RunLife;
}

async function runProgram({ verb, file, args }: RunRequest, prepared: Prepared): Promise<void> {
  const { program, root, folder, record, life } = prepared;
  const native = loadAddon();
  native.openRecorder(folder);
  native.stopOnSignals(stopGraceMs);
  life.native = native;
  life.reporter = startReporter(folder);
  const recorder = runRecorder(native);
  observed.by = recorder.observer;

  if (verb === "run") {
    process.argv = [process.argv[0], program, ...args];
    record.update({ state: "running", ...aboutMachine(program) });
    hintAtCrowd(root, record);
    const spoke = firstWrite([process.stdout, process.stderr]);
    const exported = await importProgram(program);
    life.imported = life.mayEnd = true;
    life.hint = () => (spoke() ? undefined : entryHint(file, exported));
    return; // it may go on by itself: the process ends when nothing is left to do
  }
  const exports = await importProgram(program);
  life.imported = true;
  const entry = exports[verb];
  if (typeof entry !== "function") throw missingExport(program, verb, exports);
  const spec = checkSpec(exports.options);
  const values = readArguments(spec, args);
  if (values.threads !== undefined) setNumThreads(values.threads);
  if (values.interopThreads !== undefined) setNumInteropThreads(values.interopThreads);
  if (values.seed !== undefined) manualSeed(values.seed);
  record.update({
    state: "running",
    options: recordedOptions(values.options),
    ...deviceOf(values.options),
    ...(values.seed === undefined ? {} : { seed: values.seed }),
    ...aboutMachine(program),
  });
  hintAtCrowd(root, record);
  life.display = openDisplay();
  const handle = makeRun<OptionSpec>({
    options: values.options,
    seed: values.seed,
    folder,
    program,
    root,
    mainPhase: verb,
    resume: values.resume,
    native,
    recorder,
    display: life.display,
    generators: {
      state: generatorStates,
      restore: (states) => setGeneratorStates(states as Readonly<Record<string, GeneratorState>>),
    },
    onResumed: (from, place) => {
      // Several parts may be read from one file, each by a call of its own.
      if (record.current.resumedFrom === from) return;
      record.update({ resumedFrom: from });
      process.stdout.write(`${resumedText(from, place)}\n`);
    },
  });
  life.handle = handle;
  await (entry as (run: unknown) => unknown)(handle.run);
  if (values.resumeFlag !== undefined && record.current.resumedFrom === undefined) {
    throw new ArgumentError(
      `${values.resumeFlag}: the program registers nothing to resume; call run.checkpoint({ model, … })`,
    );
  }
  handle.finish();
  if (verb === "train" && handle.nothingLeft) process.stdout.write(`${handle.nothingLeft}\n`);
  await life.end("finished", 0);
}

/** Sees to it that a run has an end: written down, said, and told to whoever watches. */
class RunLife {
  native: NativeBinding | undefined;
  reporter: Reporter | undefined;
  display: Display | undefined;
  handle: RunHandle<OptionSpec> | undefined;
  /** The program's module has been evaluated. */
  imported = false;
  /** The same for a program that is only run: when the process runs out of work, that is its end. */
  mayEnd = false;
  /** What to say to somebody whose program ended and said nothing. */
  hint: (() => string | undefined) | undefined;
  #ended = false;

  constructor(
    private readonly folder: string,
    private readonly record: RecordFile,
    private readonly showStack: boolean,
  ) {}

  guard(): void {
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      process.on(event, (error: unknown) => {
        // A program with a handler of its own has decided otherwise.
        if (process.listenerCount(event) === 1) void this.fail(error);
      });
    }
    process.on("beforeExit", (code) => {
      if (this.#ended) return;
      if (this.mayEnd) return void this.end(code === 0 ? "finished" : "failed", code);
      const what = `${this.record.current.verb}: expected it to come to an end, got a promise that nothing is left to fulfil`;
      void this.fail(new UsageError(what));
    });
    process.on("exit", (code) => {
      if (this.#ended) return;
      // The program called process.exit: there is no event loop any more.
      this.#write(code === 0 ? "finished" : "failed", code);
      this.reporter?.endNow();
    });
  }

  async fail(error: unknown): Promise<void> {
    if (this.#ended) return;
    if (error instanceof RunStopped) return this.end("stopped", stoppedExitCode);
    const { record, text } = describeError(error, this.showStack);
    // In a terminal a slip of the keyboard leaves no run behind; an editor that supervises wants to see what happened.
    const slip = error instanceof UsageError || error instanceof OptionError || this.#cannotBegin(error);
    return this.end("failed", 1, { error: record, text, forget: slip && !this.reporter });
  }

  async end(
    state: RunState,
    exitCode: number,
    failure?: { readonly error: RunRecord["error"]; readonly text: string; readonly forget: boolean },
  ): Promise<void> {
    if (this.#ended) return;
    this.display?.close();
    if (failure) process.stderr.write(`${failure.text}\n`);
    else this.#say(state);
    const written = this.#write(state, exitCode, failure?.error);
    await this.reporter?.end();
    if (failure?.forget) rmSync(this.folder, { recursive: true, force: true });
    process.exit(written || exitCode !== 0 ? exitCode : 1);
  }

  /** The program's text is wrong. One that imports another text later may have computed before: it keeps its run. */
  #cannotBegin(error: unknown): boolean {
    return isLinkError(error) && !this.imported && !this.native?.isLoaded();
  }

  /** Gives false when the record could not be written: the disk may be what the run has failed for. */
  #write(state: RunState, exitCode: number, error?: RunRecord["error"]): boolean {
    this.#ended = true;
    const tensorflow = this.native?.isLoaded() ? this.native.version() : undefined;
    const { versions } = this.record.current;
    try {
      this.record.update({
        state,
        exitCode,
        endedAt: Date.now(),
        ...(error ? { error } : {}),
        ...(tensorflow === undefined ? {} : { versions: { ...versions, tensorflow } }),
      });
      this.native?.closeRecorder();
      return true;
    } catch (reason) {
      process.stderr.write(`${describeError(reason).text}\n`);
      return false;
    }
  }

  /** One line on what became of the run and where it is; a program that only ran says what it likes itself. */
  #say(state: RunState): void {
    if (!this.handle) {
      const hint = state === "finished" ? this.hint?.() : undefined;
      if (hint) process.stderr.write(`${hint}\n`);
      return;
    }
    const { step, lastCheckpoint, registered } = this.handle;
    const { program, verb } = this.record.current;
    if (state === "stopped") {
      const at = step > 0 ? ` at step ${step}` : "";
      const goOn = lastCheckpoint ? `; --resume goes on from ${shortPath(lastCheckpoint)}` : "";
      const lost = verb === "train" && !registered ? "; no checkpoint was registered" : "";
      process.stdout.write(`stopped${at}${goOn}${lost}\n`);
    } else {
      process.stdout.write(`${basename(program)} › ${verb} finished: ${shortPath(this.folder)}\n`);
    }
  }
}

function firstRecord(id: string, program: string, verb: RunVerb): RunRecord {
  const identity = processIdentity(process.pid);
  return {
    format: 1,
    id,
    program,
    verb,
    options: {},
    state: "starting",
    pid: process.pid,
    ...(identity === undefined ? {} : { processIdentity: identity }),
    startedAt: Date.now(),
    ...onDevice("cpu"),
    versions: { gradtape: packageVersion, node: process.versions.node },
  };
}

/** The device is the program's choice: what it calls so in its options is what lists show. */
function deviceOf(options: Readonly<Record<string, unknown>>): Partial<RunRecord> {
  return typeof options.device === "string" ? onDevice(options.device) : {};
}

const onDevice = (device: string): Pick<RunRecord, "device" | "synchronousErrors"> => ({
  device,
  synchronousErrors: hasSynchronousErrors(device),
});

function aboutMachine(program: string): Pick<RunRecord, "git" | "threads"> {
  const git = gitState(dirname(program));
  return { threads: getNumThreads(), ...(git ? { git } : {}) };
}

/** The article's advice, to those who need it now. */
function hintAtCrowd(root: string, { current }: RecordFile): void {
  const text = crowdedText(crowdOf(root, current.id, current.threads ?? getNumThreads()));
  if (text !== undefined) process.stderr.write(`${text}\n`);
}
