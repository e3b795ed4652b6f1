// The command line of one program: `gradtape train FILE …` understands the flags that the file's table declares and a
// few of its own, and its help is made from the same table. Knows no process and runs nothing.
import { Command, CommanderError, Option as Flag } from "commander";
import type { OptionValue } from "../protocol.js";
import {
  flagOf,
  type Option,
  OptionError,
  type OptionsOf,
  type OptionSpec,
  rangeText,
  resolveOptions,
  unknownOption,
} from "./options.js";

/** Flags of every program; a program that declares one of these names itself has its own instead. */
export const builtinOptions = {
  resume: { type: "checkpoint", help: "go on from the program's newest checkpoint, or from a file" },
  seed: { type: "int", min: 0, help: "seed of the random generators" },
  threads: { type: "int", min: 1, help: "CPU threads for one operation" },
  interopThreads: { type: "int", min: 1, help: "CPU threads for several operations" },
  options: { type: "string", help: "values of options as JSON; flags go before them" },
  stack: { type: "bool", help: "show the stack of an error" },
} as const satisfies OptionSpec;

export interface ProgramValues<S extends OptionSpec> {
  /** Of the program's own table. */
  readonly options: OptionsOf<S>;
  /** What the run is to resume from: its own option of type "checkpoint", else `--resume`. */
  readonly resume: boolean | string;
  /**
   * The flag that asked to resume; undefined where none did, and where the program may itself have read the file that
   * its own option names.
   */
  readonly resumeFlag: string | undefined;
  readonly seed: number | undefined;
  readonly threads: number | undefined;
  readonly interopThreads: number | undefined;
}

/** Values of the program's own options that run.json keeps. */
export const recordedOptions = (options: Readonly<Record<string, unknown>>): Record<string, OptionValue> =>
  Object.fromEntries(Object.entries(options).filter((entry): entry is [string, OptionValue] => entry[1] !== undefined));

/**
 * Reads a program's arguments.
 * @throws {OptionError} for what the table does not know or allow.
 */
export function readArguments<S extends OptionSpec>(spec: S, args: readonly string[]): ProgramValues<S> {
  const builtin = builtinsFor(spec);
  // The program's own come first, in what an error lists too.
  const all: OptionSpec = { ...spec, ...builtin };
  const given = parseFlags(commandFor(spec, "train", "FILE"), all, withoutBoolValues(all, args));
  const own = pick(given, (key) => Object.hasOwn(spec, key));
  const others = resolveOptions(
    builtin,
    pick(given, (key) => !Object.hasOwn(spec, key)),
  ) as Partial<OptionsOf<typeof builtinOptions>>;
  const options = resolveOptions(spec, { ...jsonOptions(others.options), ...own });
  const values = options as Readonly<Record<string, OptionValue | undefined>>;
  const checkpointKey = Object.keys(spec).find((key) => spec[key].type === "checkpoint");
  const resume = checkpointKey === undefined ? others.resume : values[checkpointKey];
  const seed = Object.hasOwn(spec, "seed") ? values.seed : others.seed;
  return {
    options,
    resume: typeof resume === "string" ? resume : resume === true,
    resumeFlag: resume === true || typeof others.resume === "string" ? flagOf(checkpointKey ?? "resume") : undefined,
    seed: typeof seed === "number" ? seed : undefined,
    threads: others.threads,
    interopThreads: others.interopThreads,
  };
}

/** `--flag=true` and `--flag=false` of a switch, as people write them, are the flag and its opposite. */
function withoutBoolValues(spec: OptionSpec, args: readonly string[]): readonly string[] {
  const switches = new Set(Object.keys(spec).flatMap((key) => (spec[key].type === "bool" ? [flagOf(key)] : [])));
  return args.map((arg) => {
    const [, flag, value] = /^(--[^=]+)=(true|false)$/.exec(arg) ?? [];
    if (flag === undefined || !switches.has(flag)) return arg;
    return value === "true" ? flag : oppositeOf(flag);
  });
}

/** What `gradtape train FILE --help` prints. */
export function programHelp(spec: OptionSpec, verb: string, file: string): string {
  return commandFor(spec, verb, file).helpInformation();
}

/** The built-in flags that the program does not declare itself. A checkpoint option under any name replaces --resume. */
function builtinsFor(spec: OptionSpec): Partial<typeof builtinOptions> {
  const resumes = Object.values(spec).some(({ type }) => type === "checkpoint");
  return pick(builtinOptions, (key) => !Object.hasOwn(spec, key) && !(key === "resume" && resumes));
}

function commandFor(spec: OptionSpec, verb: string, file: string): Command {
  const command = new Command(`gradtape ${verb} ${file}`)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => undefined })
    .helpOption("-h, --help", "show this help");
  const builtin = builtinsFor(spec);
  command.optionsGroup(`Options of ${file}:`);
  addFlags(command, spec, new Set(Object.keys(builtin)));
  command.optionsGroup("Options of gradtape:");
  addFlags(command, builtin, new Set());
  return command;
}

function addFlags(command: Command, spec: OptionSpec, taken: ReadonlySet<string>): void {
  const flags = new Set([...Object.keys(spec), ...taken].map(flagOf));
  for (const [key, option] of Object.entries(spec)) {
    const flag = flagOf(key);
    command.addOption(new Flag(`${flag}${valueName(option)}`, helpText(option)));
    // Every switch can also be thrown the other way: a default of true could not be undone otherwise.
    const opposite = oppositeOf(flag);
    if (option.type === "bool" && !flags.has(opposite)) {
      command.addOption(new Flag(opposite, option.default ? `not ${flag.slice(2)}` : "").hideHelp(!option.default));
    }
  }
}

const oppositeOf = (flag: string): string =>
  flag.startsWith("--no-") ? `--${flag.slice(5)}` : `--no-${flag.slice(2)}`;

function valueName(option: Option): string {
  switch (option.type) {
    case "int":
      return " <int>";
    case "float":
      return " <number>";
    case "string":
      return " <text>";
    case "path":
      return " <path>";
    case "choice":
      return ` <${option.choices.join("|")}>`;
    case "checkpoint":
      return " [file]";
    case "bool":
      return "";
    default:
      return option satisfies never;
  }
}

function helpText(option: Option): string {
  const range = option.type === "int" || option.type === "float" ? rangeText(option).replace(/^ (of|from) /, "") : "";
  const notes = [range, defaultText(option)].filter(Boolean).join(", ");
  return [option.help ?? "", notes ? `(${notes})` : ""].filter(Boolean).join(" ");
}

const defaultText = ({ default: value }: Option): string =>
  value === undefined || value === false ? "" : `default: ${value}`;

/** The values of flags by the table's keys; what was not given is absent. */
function parseFlags(command: Command, spec: OptionSpec, args: readonly string[]): Record<string, unknown> {
  const known = Object.keys(spec).map(flagOf);
  refuseFlagsAsValues(spec, args, known);
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    throw error instanceof CommanderError ? explain(error, args, known) : error;
  }
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(spec)) {
    const flag = flagOf(key);
    const isNegated = flag.startsWith("--no-");
    const attribute = new Flag(flag).attributeName();
    if (command.getOptionValueSource(attribute) !== "cli") continue;
    const value: unknown = command.getOptionValue(attribute);
    values[key] = option.type === "bool" && isNegated ? value !== true : value;
  }
  return values;
}

/** Commander takes whatever follows as the value: `--epochs --lr 1` would then complain of the 1. */
function refuseFlagsAsValues(spec: OptionSpec, args: readonly string[], known: readonly string[]): void {
  for (const [key, { type }] of Object.entries(spec)) {
    if (type === "bool" || type === "checkpoint") continue;
    const next = args[args.lastIndexOf(flagOf(key)) + 1];
    if (args.includes(flagOf(key)) && known.includes(next)) {
      throw new OptionError(`options: ${flagOf(key)}: expected a value, got ${next}`);
    }
  }
}

function explain(error: CommanderError, args: readonly string[], known: readonly string[]): OptionError {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption":
      return unknownOption(quoted.split("=")[0], known);
    case "commander.optionMissingArgument":
      return new OptionError(`options: ${quoted.split(" ")[0]}: expected a value, got none`);
    case "commander.excessArguments":
      return new OptionError(`options: expected flags only, got ${args.find((arg) => !arg.startsWith("-")) ?? "more"}`);
    default:
      return new OptionError(`options: ${error.message.replace(/^error: /, "")}`);
  }
}

function jsonOptions(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OptionError(`options: --options: expected JSON, got ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OptionError(`options: --options: expected a JSON object, got ${text}`);
  }
  return value as Record<string, unknown>;
}

const pick = <T extends object>(table: T, wanted: (key: string) => boolean): Partial<T> =>
  Object.fromEntries(Object.entries(table).filter(([key]) => wanted(key))) as Partial<T>;
