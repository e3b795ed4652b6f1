// The engine's errors: one shape, "op: expected …, got …", the user's line first in the stack, one remedy when known.
// Knows nothing of tensors: whoever throws brings the words.
import { fileURLToPath } from "node:url";

/** Folders of the engine's own code; frames from there are not the user's. A bundle's frames may be mapped to the source. */
export const engineFolders: readonly string[] = (import.meta.url.endsWith(".ts") ? ["."] : [".", "../../engine/"]).map(
  (folder) => fileURLToPath(new URL(folder, import.meta.url)),
);

/** Base of everything the engine throws on purpose. Its stack starts at the user's own code. */
export class GradtapeError extends Error {
  static {
    this.prototype.name = "GradtapeError"; // on the prototype: V8 writes the head of the stack before fields are set
  }

  constructor(message: string, options?: ErrorOptions) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 60; // ops nest deeply: the user's frame must not fall off the end
    super(message, options);
    Error.stackTraceLimit = limit;
    const stack = this.stack;
    Object.defineProperty(this, "stack", {
      configurable: true,
      writable: true,
      value: stack === undefined ? undefined : withoutEngineFrames(stack),
    });
  }
}

/** Shapes do not fit an operation. */
export class ShapeError extends GradtapeError {
  static {
    this.prototype.name = "ShapeError";
  }
}

/** A dtype does not fit an operation. */
export class DTypeError extends GradtapeError {
  static {
    this.prototype.name = "DTypeError";
  }
}

/** Tensors on different devices, or a device that is not there. */
export class DeviceError extends GradtapeError {
  static {
    this.prototype.name = "DeviceError";
  }
}

/** An argument has a wrong value or type. */
export class ArgumentError extends GradtapeError {
  static {
    this.prototype.name = "ArgumentError";
  }
}

/** Something the tape refuses: backward twice, an in-place change of a saved tensor, a blocked gradient. */
export class AutogradError extends GradtapeError {
  static {
    this.prototype.name = "AutogradError";
  }
}

/** A state dict does not fit a module or optimiser; lists every missing and unexpected key and every wrong shape. */
export class StateDictError extends GradtapeError {
  static {
    this.prototype.name = "StateDictError";
  }
}

/** An operation failed inside TensorFlow. `code` is TensorFlow's status name. */
export class TensorFlowError extends GradtapeError {
  static {
    this.prototype.name = "TensorFlowError";
  }

  constructor(
    message: string,
    /** "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", … */
    readonly code: string,
    /** TensorFlow's operation name. */
    readonly op: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Drops the engine's and Node's own frames unless nothing else is left: the first frame is the line the user wrote. */
function withoutEngineFrames(stack: string): string {
  const lines = stack.split("\n");
  const isFrame = (line: string) => line.startsWith("    at ");
  const kept = lines.filter((line) => !isFrame(line) || !engineFolders.some((folder) => line.includes(folder)));
  // What the engine called on its way (Array.map, AsyncLocalStorage.run) stands above the user's line and says nothing.
  const first = kept.findIndex((line) => isFrame(line) && !/\(<anonymous>\)$|[( ]node:/.test(line));
  if (first < 0) return kept.some(isFrame) ? kept.join("\n") : stack;
  return kept.filter((line, i) => i >= first || !isFrame(line)).join("\n");
}

/** `[64, 1, 28, 28]`, as every message spells a shape. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

const none: object = Object.freeze({});

/**
 * The options of a call; an empty object for undefined. PyTorch's users write many of them by position: that is refused
 * here, for nothing else would notice it in a program without types.
 * @param example one option as it is written, `{ lr: 0.1 }`
 * @throws ArgumentError for what is no plain object: a number, a list, a tensor, an instance of any class.
 */
export function expectOptions<O extends object>(op: string, options: O | undefined, example: string): O {
  if (options === undefined) return none as O;
  if (typeof options === "object" && isPlain(options)) return options;
  throw new ArgumentError(`${op}: expected options in one object as in ${example}, got ${kindText(options)}`);
}

/** Written as `{ … }`, in this realm or another: a debugger's console has its own Object. */
function isPlain(value: object | null): boolean {
  if (value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function kindText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  const { name } = value.constructor;
  return `${/^[AEIOU](?!ni)/.test(name) ? "an" : "a"} ${name}`;
}
