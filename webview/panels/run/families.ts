// Which metrics belong in one chart, and how their values read. Pure.
import { formatNumber, formatPercent } from "../../lib/format.js";

export type Split = "train" | "test";

export interface MetricName {
  /** Name of the chart: "loss" for "loss", "trainLoss", "test_loss" and "val/loss". */
  readonly family: string;
  readonly split: Split;
}

const split = /^(train(?:ing)?|test|val(?:id(?:ation)?)?|eval)(?=[A-Z]|[\s_./-])[\s_./-]*(.+)$/;
const trailing = /^(.+?)[\s_./-]+(train(?:ing)?|test|val(?:id(?:ation)?)?|eval)$/;

/** A name with a leading or trailing word for the data it was measured on shares the chart of the rest of the name. */
export function parseMetric(name: string): MetricName {
  const lead = split.exec(name);
  const tail = lead ? undefined : trailing.exec(name);
  const word = lead?.[1] ?? tail?.[2];
  const rest = lead?.[2] ?? tail?.[1];
  if (word === undefined || rest === undefined) return { family: name, split: "train" };
  const family = /^[A-Z][a-z]/.test(rest) ? rest[0].toLowerCase() + rest.slice(1) : rest;
  return { family, split: word.startsWith("train") ? "train" : "test" };
}

/** "testLoss" as "test loss". */
export function titleOf(name: string): string {
  const { family, split: part } = parseMetric(name);
  return family === name ? family : `${part} ${family}`;
}

export const isLoss = (name: string): boolean => /loss|error|nll|perplexity/i.test(name);

/** Larger is better. */
export const isAccuracy = (name: string): boolean => /acc(uracy)?$|acc(uracy)?[\s_./-]/i.test(name);

/** Loss first, then accuracy, then the rest in the order they came. */
export function compareFamilies(a: string, b: string): number {
  const rank = (name: string): number => (isLoss(name) ? 0 : isAccuracy(name) ? 1 : 2);
  return rank(a) - rank(b);
}

/**
 * A metric's value for a person. Accuracies are ratios or percentages, whichever the program logs: `largest` (of the whole
 * curve) tells them apart.
 */
export function formatMetric(name: string, value: number, largest: number): string {
  if (!isAccuracy(name)) return formatNumber(value);
  return formatPercent(largest <= 1 ? value * 100 : value);
}
