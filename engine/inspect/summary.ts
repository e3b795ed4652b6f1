// One line about a tensor's values, for hovers, Watch and tables. It must not know where it is shown.
import { elementReader } from "./decode.js";
import type { RawTensor } from "./rawTensor.js";
import { momentsOf } from "./stats.js";

/**
 * "μ 0.013 σ 0.41 [−2.1, 3.4] NaN 3": mean, sample deviation and range of the finite values, then what is not finite.
 * One element is its value; bool says how many are true.
 */
export function summaryLine(raw: RawTensor): string {
  const stats = momentsOf(raw);
  const { count, nan, posInf, negInf } = stats;
  if (count === 0) return "empty";
  if (raw.dtype === "bool") {
    if (count === 1) return stats.max === 1 ? "true" : "false";
    return `${count - stats.zeros} of ${count} true`;
  }
  if (count === 1) return valueText(elementReader(raw.dtype, raw.data)(0));
  const parts: string[] = [];
  if (count > nan + posInf + negInf) {
    parts.push(`μ ${valueText(stats.mean)}`);
    if (!Number.isNaN(stats.std)) parts.push(`σ ${valueText(stats.std)}`);
    parts.push(`[${valueText(stats.min)}, ${valueText(stats.max)}]`);
  }
  if (nan > 0) parts.push(`NaN ${nan}`);
  if (posInf > 0) parts.push(`∞ ${posInf}`);
  if (negInf > 0) parts.push(`−∞ ${negInf}`);
  return parts.join(" ");
}

/** Three significant digits; whole numbers of up to six digits whole. */
function valueText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value);
  if (size === Infinity) return value > 0 ? "∞" : "−∞";
  const text = Number.isInteger(value) && size < 1e6 ? String(size) : shortened(size);
  return value < 0 ? `−${text}` : text;
}

function shortened(size: number): string {
  const rounded = Number(size.toPrecision(3));
  if (rounded >= 1e-4 && rounded < 1e6) return String(rounded);
  return rounded.toExponential().replace("e+", "e").replace("e-", "e−");
}
