// A selection of cells as text for a spreadsheet.
import type { DTypeName } from "../../../engine/protocol.js";
import { exactNumber } from "../../lib/format.js";
import type { Extent } from "../../lib/keyboard.js";

/** Cells that one copy may hold. */
export const mostCopied = 1_000_000;

/** Exact values, tabs between columns, a line per row. */
export function tabSeparated(values: Float64Array, size: Extent, dtype: DTypeName): string {
  const lines: string[] = [];
  for (let row = 0; row < size.rows; row++) {
    const cells = Array.from(values.subarray(row * size.columns, (row + 1) * size.columns), (value) =>
      exactNumber(value, dtype),
    );
    lines.push(cells.join("\t"));
  }
  return lines.join("\n");
}
