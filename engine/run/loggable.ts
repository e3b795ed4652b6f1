// What a metric's value may be. Knows no run.
import { ArgumentError } from "../errors.js";

/** A number, or a tensor of one element. */
export type Loggable = number | { item(): number | bigint };

/** The value as a number; reading a tensor waits for its device. @throws {ArgumentError} for anything else. */
export function numberOf(name: string, value: Loggable): number {
  if (typeof value === "number") return value;
  if (typeof value === "object" && value !== null && typeof value.item === "function") return Number(value.item());
  const got = value === null ? "null" : typeof value;
  throw new ArgumentError(`log: expected ${name} to be a number or a tensor of one element, got ${got}`);
}
