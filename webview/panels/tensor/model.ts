// The state of the tensor inspector and how it changes: plain data and pure functions, no DOM and no messages.
import type { DTypeName, PageQuery, TensorRef, TensorStats, TensorSubject } from "../../../engine/protocol.js";
import type { Cell, Extent } from "../../lib/keyboard.js";
import type { Selection } from "../../lib/virtualGrid.js";

export type Tab = "values" | "heatmap";
export type Which = "value" | "gradient";

/** Which two axes run, and where the others stand. -1: a direction that the tensor does not have. */
export interface Slice {
  readonly rowAxis: number;
  readonly columnAxis: number;
  /** One entry per axis. */
  readonly index: readonly number[];
}

/** What survives hiding, reload and a restart. */
export interface Kept {
  readonly tab: Tab;
  readonly tinted: boolean;
  /** The ramp ends at the largest value, instead of leaving out the outermost 1 %. */
  readonly fullRange: boolean;
  /** Axes and index, for tensors of the same number of dimensions. */
  readonly slice?: Slice;
}

export type Shown =
  | { readonly kind: "loading" }
  | { readonly kind: "none"; readonly reason: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "tensor"; readonly subject: Extract<TensorSubject, { kind: "tensor" }> };

export interface InspectorState {
  readonly kept: Kept;
  readonly shown: Shown;
  readonly which: Which;
  readonly slice: Slice;
  readonly selection: Selection;
  readonly stats?: TensorStats;
  /** Why values could not be read; trying again may help. */
  readonly failure?: string;
  /** What the last action came to, when it failed. */
  readonly notice?: string;
  /** A word about something done: "Copied 12 values." */
  readonly done?: string;
}

export const noSlice: Slice = { rowAxis: -1, columnAxis: -1, index: [] };
const origin: Selection = { anchor: { row: 0, column: 0 }, focus: { row: 0, column: 0 } };

export const initialState = (saved: unknown): InspectorState => ({
  kept: keptOf(saved),
  shown: { kind: "loading" },
  which: "value",
  slice: noSlice,
  selection: origin,
});

/** The last two axes run, as a matrix is printed; a vector stands upright. */
export function defaultSlice(shape: readonly number[]): Slice {
  const rank = shape.length;
  const index = shape.map(() => 0);
  if (rank === 0) return { rowAxis: -1, columnAxis: -1, index };
  if (rank === 1) return { rowAxis: 0, columnAxis: -1, index };
  return { rowAxis: rank - 2, columnAxis: rank - 1, index };
}

/** A slice made for another tensor, as far as it fits this shape. */
export function fitSlice(slice: Slice | undefined, shape: readonly number[]): Slice {
  if (slice?.index.length !== shape.length) return defaultSlice(shape);
  const axes = defaultSlice(shape);
  const fits = (axis: number): boolean => axis >= 0 && axis < shape.length;
  const keepsAxes =
    shape.length >= 2 && fits(slice.rowAxis) && fits(slice.columnAxis) && slice.rowAxis !== slice.columnAxis;
  return {
    rowAxis: keepsAxes ? slice.rowAxis : axes.rowAxis,
    columnAxis: keepsAxes ? slice.columnAxis : axes.columnAxis,
    index: slice.index.map((at, axis) => Math.max(0, Math.min(Math.max(0, shape[axis] - 1), at))),
  };
}

/** Shows another subject, or the same read again at a new stop: the place looked at stays where the shape allows. */
export function withSubject(state: InspectorState, subject: TensorSubject): InspectorState {
  if (subject.kind === "none") return { ...state, shown: { kind: "none", reason: subject.reason }, stats: undefined };
  const { tensor } = subject;
  const slice = fitSlice(state.shown.kind === "tensor" ? state.slice : (state.kept.slice ?? state.slice), tensor.shape);
  const which = tensor.grad === undefined ? "value" : state.which;
  const next: InspectorState = {
    ...state,
    shown: { kind: "tensor", subject },
    slice,
    which,
    stats: undefined,
    failure: undefined,
    notice: undefined,
  };
  return { ...next, selection: clampSelection(state.selection, extentOf(next)) };
}

export function withAxis(state: InspectorState, side: "row" | "column", axis: number): InspectorState {
  const { rowAxis, columnAxis } = state.slice;
  const [mine, other] = side === "row" ? [rowAxis, columnAxis] : [columnAxis, rowAxis];
  if (axis === mine) return state;
  // Choosing the axis of the other side swaps them.
  const theirs = axis === other ? mine : other;
  const slice: Slice = {
    ...state.slice,
    rowAxis: side === "row" ? axis : theirs,
    columnAxis: side === "row" ? theirs : axis,
  };
  return withSlice(state, slice);
}

export function withIndex(state: InspectorState, axis: number, at: number): InspectorState {
  const size = tensorOf(state)?.shape[axis] ?? 1;
  const within = Math.max(0, Math.min(size - 1, Math.round(at)));
  if (!Number.isFinite(within) || state.slice.index[axis] === within) return state;
  return withSlice(state, {
    ...state.slice,
    index: state.slice.index.map((old, one) => (one === axis ? within : old)),
  });
}

function withSlice(state: InspectorState, slice: Slice): InspectorState {
  const next: InspectorState = {
    ...state,
    slice,
    kept: { ...state.kept, slice },
    failure: undefined,
    notice: undefined,
  };
  return { ...next, selection: clampSelection(state.selection, extentOf(next)) };
}

export const withKept = (state: InspectorState, change: Partial<Kept>): InspectorState => ({
  ...state,
  kept: { ...state.kept, ...change },
});

/** The tensor whose values are on show: the subject's, or its gradient. */
export function tensorOf(state: InspectorState): TensorRef | undefined {
  if (state.shown.kind !== "tensor") return undefined;
  const { tensor } = state.shown.subject;
  if (state.which === "value" || !tensor.grad) return tensor;
  const { dtype, shape, device, grad } = tensor;
  return { id: grad.id, layout: grad.layout, dtype, shape, device, requiresGrad: false };
}

/** Rows and columns of the slice. */
export function extentOf(state: InspectorState): Extent {
  const tensor = tensorOf(state);
  if (!tensor) return { rows: 0, columns: 0 };
  const { rowAxis, columnAxis } = state.slice;
  // An empty axis that stands still leaves nothing to run over.
  const nothing = tensor.shape.some((size, axis) => size === 0 && axis !== rowAxis && axis !== columnAxis);
  if (nothing) return { rows: 0, columns: 0 };
  return {
    rows: rowAxis < 0 ? 1 : tensor.shape[rowAxis],
    columns: columnAxis < 0 ? 1 : tensor.shape[columnAxis],
  };
}

/** "[3, 1, :, :]". */
export function sliceText({ rowAxis, columnAxis, index }: Slice): string {
  return `[${index.map((at, axis) => (axis === rowAxis || axis === columnAxis ? ":" : String(at))).join(", ")}]`;
}

/** "[3, 1, 4, 2]": the full index of a cell; a block shows its range. */
export function placeText(slice: Slice, rows: readonly [number, number], columns: readonly [number, number]): string {
  const range = ([from, to]: readonly [number, number]): string => (from === to ? String(from) : `${from}–${to}`);
  return `[${slice.index
    .map((at, axis) => (axis === slice.rowAxis ? range(rows) : axis === slice.columnAxis ? range(columns) : String(at)))
    .join(", ")}]`;
}

export const queryOf = (
  state: InspectorState,
  tensor: TensorRef,
): Omit<PageQuery, "rowStart" | "rowCount" | "columnStart" | "columnCount"> => ({
  tensor,
  ...state.slice,
});

/** What a page of values belongs to: another key, other values. */
export const sliceKey = (state: InspectorState, tensor: TensorRef): string =>
  JSON.stringify([tensor.id, tensor.layout, tensor.shape, state.slice]);

export interface Rectangle {
  readonly first: Cell;
  readonly size: Extent;
}

export function selectionRectangle({ anchor, focus }: Selection): Rectangle {
  const first = { row: Math.min(anchor.row, focus.row), column: Math.min(anchor.column, focus.column) };
  return {
    first,
    size: {
      rows: Math.abs(anchor.row - focus.row) + 1,
      columns: Math.abs(anchor.column - focus.column) + 1,
    },
  };
}

/**
 * Statistics as they were computed: between VS Code's processes a NaN becomes null, and there is one only where no value
 * is finite.
 */
export function restoredStats(stats: TensorStats): TensorStats {
  const number = (value: number | null): number => value ?? NaN;
  return { ...stats, min: number(stats.min), max: number(stats.max), mean: number(stats.mean), std: number(stats.std) };
}

/** Width of a column in characters of the editor's font: what the longest value of this dtype and range needs. */
export function columnCharacters(dtype: DTypeName, stats: TensorStats | undefined): number {
  if (dtype === "bool") return 6;
  if (dtype.startsWith("float") || dtype === "bfloat16") return 10;
  if (dtype === "uint8") return 4;
  if (!stats || !Number.isFinite(stats.min)) return 8;
  const digits = Math.max(String(Math.abs(stats.min)).length, String(Math.abs(stats.max)).length);
  // Thousands are grouped, and there may be a sign.
  return Math.max(4, Math.min(12, digits + Math.floor((digits - 1) / 3) + (stats.min < 0 ? 1 : 0)) + 1);
}

function clampSelection({ anchor, focus }: Selection, extent: Extent): Selection {
  const clamp = ({ row, column }: Cell): Cell => ({
    row: Math.max(0, Math.min(extent.rows - 1, row)),
    column: Math.max(0, Math.min(extent.columns - 1, column)),
  });
  return { anchor: clamp(anchor), focus: clamp(focus) };
}

/** Saved state may come from an older version of the panel: what does not fit is dropped. */
function keptOf(saved: unknown): Kept {
  const fields = (typeof saved === "object" && saved !== null ? saved : {}) as Partial<Record<keyof Kept, unknown>>;
  const slice = fields.slice as Partial<Slice> | undefined;
  const whole = (value: unknown): value is number => Number.isInteger(value);
  const fits =
    slice && whole(slice.rowAxis) && whole(slice.columnAxis) && Array.isArray(slice.index) && slice.index.every(whole);
  return {
    tab: fields.tab === "heatmap" ? "heatmap" : "values",
    tinted: fields.tinted !== false,
    fullRange: fields.fullRange === true,
    ...(fits ? { slice: slice as Slice } : {}),
  };
}
