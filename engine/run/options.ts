// The options of a program, declared once as a table: from it come the types of `run.options`, the flags and help of the
// terminal, the values of a form and of launch.json. Knows no command line and no editor.
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { GradtapeError } from "../errors.js";
import type { OptionValue } from "../protocol.js";
import { nearest } from "./nearest.js";

interface Described {
  /** One line for `--help` and the form. */
  readonly help?: string;
}

export interface IntOption extends Described {
  readonly type: "int";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

export interface FloatOption extends Described {
  readonly type: "float";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A switch. A key such as `noCuda` is the flag `--no-cuda`. */
export interface BoolOption extends Described {
  readonly type: "bool";
  readonly default?: boolean;
}

export interface StringOption extends Described {
  readonly type: "string";
  readonly default?: string;
}

/** One of a few words. Write `choices: ["sgd", "adam"] as const` to have them as the value's type. */
export interface ChoiceOption extends Described {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

/** A file or folder: the value is an absolute path; `~` is the user's home. */
export interface PathOption extends Described {
  readonly type: "path";
  readonly default?: string;
}

/** A checkpoint to go on from: false for none, true for the program's newest, or a file. Alone, the flag means true. */
export interface CheckpointOption extends Described {
  readonly type: "checkpoint";
  readonly default?: boolean | string;
}

export type Option = IntOption | FloatOption | BoolOption | StringOption | ChoiceOption | PathOption | CheckpointOption;

/** A program's options by name: `export const options = { … } satisfies OptionSpec`. */
export type OptionSpec = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends { type: "int" | "float" }
  ? number
  : O extends { type: "bool" }
    ? boolean
    : O extends { type: "choice"; choices: readonly (infer C)[] }
      ? C
      : O extends { type: "checkpoint" }
        ? boolean | string
        : string;

/** Switches and checkpoints are off unless given; anything else without a default may be undefined. */
type MaybeAbsent<O extends Option> = O extends { default: NonNullable<unknown> }
  ? never
  : O extends { type: "bool" | "checkpoint" }
    ? never
    : undefined;

/** The values of a table of options, each with its type. */
export type OptionsOf<S extends OptionSpec> = { readonly [Key in keyof S]: ValueOf<S[Key]> | MaybeAbsent<S[Key]> };

/** An option that the program does not have, or a value that does not fit it. */
export class OptionError extends GradtapeError {
  override name = "OptionError";
}

/** `batchSize` as `--batch-size`. */
export const flagOf = (key: string): string => `--${kebab(key)}`;

const kebab = (key: string): string =>
  key
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();

const hasOwn = (table: object, key: string): boolean => Object.hasOwn(table, key);

/**
 * Checks values that came from anywhere (flags as text, JSON as numbers and booleans) against the table and fills in
 * the defaults.
 * @throws {OptionError} for a name that is not in the table, a wrong type, a number out of range, a word not offered.
 */
export function resolveOptions<S extends OptionSpec>(spec: S, given: Readonly<Record<string, unknown>>): OptionsOf<S> {
  for (const key of Object.keys(given)) {
    if (!hasOwn(spec, key)) throw unknownOption(flagOf(key), Object.keys(spec).map(flagOf));
  }
  const entries = Object.entries(spec).map(([key, option]) => {
    const value = given[key];
    return [key, value === undefined ? defaultOf(option) : parseValue(flagOf(key), option, value)] as const;
  });
  return Object.fromEntries(entries) as OptionsOf<S>;
}

/** The error for a flag that nobody declared, with the nearest that somebody did. */
export function unknownOption(flag: string, known: readonly string[]): OptionError {
  const near = nearest(flag, known);
  const remedy = near ? `did you mean ${near}?` : `the options are ${known.join(", ") || "none"}`;
  return new OptionError(`options: unknown option ${flag}; ${remedy}`);
}

/**
 * One value, from text or JSON.
 * @throws {OptionError} when it does not fit.
 */
export function parseValue(flag: string, option: Option, value: unknown): OptionValue {
  switch (option.type) {
    case "int":
    case "float":
      return parseNumber(flag, option, value);
    case "bool":
      if (value === true || value === "true") return true;
      if (value === false || value === "false") return false;
      throw wrong(flag, "true or false", value);
    case "string":
      if (typeof value === "string") return value;
      throw wrong(flag, "a text", value);
    case "choice": {
      if (typeof value === "string" && option.choices.includes(value)) return value;
      const near = typeof value === "string" ? nearest(value, option.choices) : undefined;
      throw wrong(flag, `one of ${option.choices.join(", ")}`, value, near);
    }
    case "path":
      if (typeof value === "string" && value !== "") return absolutePath(value);
      throw wrong(flag, "a path", value);
    case "checkpoint":
      if (typeof value === "boolean") return value;
      if (typeof value === "string" && value !== "") return absolutePath(value);
      throw wrong(flag, "nothing, or the path of a checkpoint", value);
    default:
      return option satisfies never;
  }
}

function parseNumber(flag: string, option: IntOption | FloatOption, value: unknown): number {
  const { min = -Infinity, max = Infinity } = option;
  const isInt = option.type === "int";
  const expected = `${isInt ? "a whole number" : "a number"}${rangeText(option)}`;
  // Number("") and Number(" ") are 0, and "0x10" is no way to write a learning rate.
  const isNumeral = typeof value === "string" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
  const number = isNumeral ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) throw wrong(flag, expected, value);
  if (isInt && !Number.isSafeInteger(number)) throw wrong(flag, expected, value);
  if (number < min || number > max) throw wrong(flag, expected, value);
  return number;
}

/** " from 1 to 10", " of 1 or more", or nothing. */
export function rangeText({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of ${min} or more`;
  return max !== undefined ? ` of ${max} or less` : "";
}

function wrong(flag: string, expected: string, got: unknown, near?: string): OptionError {
  const shown = typeof got === "string" ? `"${got}"` : JSON.stringify(got);
  return new OptionError(
    `options: ${flag}: expected ${expected}, got ${shown}${near ? `; did you mean ${near}?` : ""}`,
  );
}

function defaultOf(option: Option): OptionValue | undefined {
  switch (option.type) {
    case "bool":
      return option.default ?? false;
    case "checkpoint":
      return typeof option.default === "string" ? absolutePath(option.default) : (option.default ?? false);
    case "path":
      return option.default === undefined ? undefined : absolutePath(option.default);
    default:
      return option.default;
  }
}

const absolutePath = (path: string): string =>
  resolve(path === "~" ? homedir() : path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);

const optionTypes: readonly string[] = [
  "int",
  "float",
  "bool",
  "string",
  "choice",
  "path",
  "checkpoint",
] satisfies Option["type"][];

/**
 * Checks what a program exports as `options`: the file may be JavaScript, or not type-checked.
 * @throws {OptionError} naming the entry that is wrong.
 */
export function checkSpec(options: unknown): OptionSpec {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new OptionError(
      `options: expected the exported options to be a table, got ${Array.isArray(options) ? "a list" : typeof options}`,
    );
  }
  const flags = new Map<string, string>();
  for (const [key, option] of Object.entries(options as Record<string, unknown>)) {
    const type = (option as Partial<Option> | null | undefined)?.type;
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(key)) {
      throw new OptionError(`options: expected names of letters and digits in camelCase, got "${key}"`);
    }
    if (typeof type !== "string" || !optionTypes.includes(type)) {
      throw new OptionError(
        `options.${key}: expected a type of ${optionTypes.join(", ")}, got ${JSON.stringify(type)}`,
      );
    }
    if (key === "help") throw new OptionError("options: the flag --help shows the help; rename the option help");
    const twin = flags.get(kebab(key));
    if (twin) throw new OptionError(`options: ${twin} and ${key} are both the flag ${flagOf(key)}; rename one`);
    const opposite = kebab(key).replace(/^no-|^/, (no) => (no ? "" : "no-"));
    if (type === "bool" && flags.has(opposite)) {
      throw new OptionError(`options: ${key} and ${flags.get(opposite)} are each other's opposite; keep one`);
    }
    flags.set(kebab(key), key);
    checkDefault(key, option as Option);
  }
  return options as OptionSpec;
}

function checkDefault(key: string, option: Option): void {
  if (option.type === "choice" && !(Array.isArray(option.choices) && option.choices.length > 0)) {
    throw new OptionError(`options.${key}: expected choices with at least one word`);
  }
  if (option.default !== undefined) parseValue(`options.${key}.default`, option, option.default);
}
