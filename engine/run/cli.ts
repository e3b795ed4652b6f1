#!/usr/bin/env node
// The command `gradtape`: what it offers and where each thing is done. Parts that a command does not need are not loaded.
import { Command, CommanderError } from "commander";
import type { RunVerb } from "../protocol.js";
import { packageVersion } from "./engineFolder.js";
import { localCopy } from "./localCopy.js";
import { describeError, UsageError } from "./programError.js";

const verbs: Readonly<Record<RunVerb, string>> = {
  train: "run a program's exported train function",
  test: "run a program's exported test function",
  run: "run any program",
};

const showStack = process.env.GRADTAPE_STACK === "1" || process.argv.includes("--stack");

function commands(): Command {
  const program = new Command("gradtape")
    .description("Build, train and look into neural networks in TypeScript.")
    .version(packageVersion, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addHelpText(
      "after",
      "\nA program's own options: gradtape train FILE --help\nStacks of errors: GRADTAPE_STACK=1, or --stack after FILE (before it for run)",
    );
  for (const [verb, description] of Object.entries(verbs) as [RunVerb, string][]) {
    program
      .command(verb)
      .description(description)
      .usage("FILE [options]")
      .argument("<file>", "the program, TypeScript or JavaScript")
      .argument("[options...]", "its own options")
      .allowUnknownOption()
      .passThroughOptions()
      .exitOverride()
      .action((file: string, args: readonly string[]) => start(verb, file, args));
  }
  program
    .command("runs")
    .description("list the runs of this folder, newest first")
    .action(async () => {
      const { printRuns } = await import("./runsCommand.js");
      printRuns();
    });
  program
    .command("doctor")
    .description("say what was found: library, devices, processor, and what is wrong")
    .option("--install", "fetch libtensorflow when it is not there")
    .action(async ({ install }: { readonly install?: boolean }) => {
      const { doctor } = await import("./doctorCommand.js");
      process.exitCode = await doctor(install === true);
    });
  return program;
}

/** Runs a program, or prints its help. */
async function start(verb: RunVerb, file: string, args: readonly string[]): Promise<void> {
  if (verb !== "run" && args.some((arg) => arg === "--help" || arg === "-h")) return printProgramHelp(verb, file);
  const { prepareRun } = await import("./main.js");
  const stacks = verb === "run" ? process.env.GRADTAPE_STACK === "1" : showStack;
  const run = prepareRun({ verb, file, args, showStack: stacks });
  // Not awaited: whatever the program throws must find no handler on its way to the process's own.
  setImmediate(() => void run());
}

async function printProgramHelp(verb: RunVerb, file: string): Promise<void> {
  const [{ importProgram, programPath }, { checkSpec }, { programHelp }] = await Promise.all([
    import("./programFile.js"),
    import("./options.js"),
    import("./programCommand.js"),
  ]);
  const { options } = await importProgram(programPath(file));
  process.stdout.write(programHelp(checkSpec(options), verb, file));
  process.exit(0); // the program may have left something open
}

/** Commander's words in the shape of our errors. */
function explain(error: CommanderError): UsageError {
  const what = error.message.replace(/^error: /, "").replace(/\n+\(/, " (");
  return new UsageError(`gradtape: ${what}; \`gradtape --help\` lists the commands`);
}

/** Errors of the command itself; a program's own go to the process's handler. */
function report(error: unknown): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  process.stderr.write(`${describeError(error instanceof CommanderError ? explain(error) : error, showStack).text}\n`);
  process.exitCode = 1;
}

// Whoever reads our output may have heard enough (`| head -1`): that is the end, and no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });
}

const other = localCopy(process.argv.slice(2));
if (other) {
  await import(other);
} else {
  try {
    const program = commands();
    if (process.argv.length <= 2) program.outputHelp();
    else await program.parseAsync();
  } catch (error) {
    report(error);
  }
}
