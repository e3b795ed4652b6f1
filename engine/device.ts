// Devices by name. Which of them exist is the backend's knowledge; this file only spells them.
import { ArgumentError } from "./errors.js";

export type DeviceType = "cpu" | "cuda" | "meta";

/** Where a tensor's bytes are (torch.device). */
export class Device {
  /** "cpu", "cpu:1", "cuda:0", "meta". */
  readonly name: string;

  constructor(
    readonly type: DeviceType,
    readonly index: number,
    /** Position in the addon's list of devices; -1 for meta. */
    readonly nativeIndex: number,
  ) {
    this.name = type === "meta" || (type === "cpu" && index === 0) ? type : `${type}:${index}`;
  }

  toString(): string {
    return this.name;
  }

  toJSON(): string {
    return this.name;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `device(type='${this.type}', index=${this.index})`;
  }
}

export interface DeviceName {
  readonly type: DeviceType;
  readonly index: number;
}

/** Reads "cpu", "cpu:1", "cuda", "cuda:0", "meta". */
export function parseDeviceName(text: string): DeviceName {
  const match = /^(cpu|cuda|meta)(?::(\d+))?$/.exec(text);
  if (!match || (match[1] === "meta" && match[2] !== undefined)) {
    throw new ArgumentError(`device: expected "cpu", "cpu:N", "cuda", "cuda:N" or "meta", got "${text}"`);
  }
  return { type: match[1] as DeviceType, index: Number(match[2] ?? 0) };
}
