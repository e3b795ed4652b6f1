// Rectangles of a tensor: exact values for a grid, block means for a picture. Two axes run, the others stand still.
// It must not know who asks, or what is done with the numbers.
import type { ImageQuery, Page, PageQuery } from "../protocol.js";
import { ArgumentError, shapeText } from "../errors.js";
import { elementReader, runDecoder, type DecodeRun, type ReadElement } from "./decode.js";
import { requireWhole, stridesOf, type RawTensor } from "./rawTensor.js";

/** What of a tensor; an axis of -1 runs over one place only, for tensors of fewer than two dimensions. */
export type PageWindow = Omit<PageQuery, "tensor">;
export type ImageWindow = Omit<ImageQuery, "tensor">;

/** Cells of one answer. */
const mostCells = 2 ** 22;

/**
 * The values of a window, row by row. A window that reaches beyond the tensor is cut off there.
 * @throws {ArgumentError} for axes or an index that the tensor does not have
 */
export function pageOf(raw: RawTensor, window: PageWindow): Page {
  const plane = planeOf("tensor.page", raw, window);
  const [top, rows] = clamp("tensor.page", window.rowStart, window.rowCount, plane.rows);
  const [left, columns] = clamp("tensor.page", window.columnStart, window.columnCount, plane.columns);
  const values = new Float64Array(requireCells("tensor.page", rows, columns));
  for (let row = 0, out = 0; row < rows; row++) {
    let at = plane.offset + (top + row) * plane.rowStride + left * plane.columnStride;
    for (let column = 0; column < columns; column++, at += plane.columnStride) values[out++] = plane.read(at);
  }
  return { rows, columns, values };
}

/**
 * A reduced picture: each cell is the mean of its block, NaN when the block has a NaN.
 * Blocks divide the axis as evenly as whole elements allow; an axis that fits is not reduced.
 * @throws {ArgumentError} for axes or an index that the tensor does not have
 */
export function imageOf(raw: RawTensor, window: ImageWindow): Page {
  const plane = planeOf("tensor.image", raw, window);
  const [, rows] = clamp("tensor.image", 0, window.maxRows, plane.rows);
  const [, columns] = clamp("tensor.image", 0, window.maxColumns, plane.columns);
  const values = new Float64Array(requireCells("tensor.image", rows, columns));
  const columnEdges = edgesOf(plane.columns, columns);
  const rowEdges = edgesOf(plane.rows, rows);
  for (let row = 0; row < rows; row++) {
    const cells = values.subarray(row * columns, (row + 1) * columns);
    for (let source = rowEdges[row]; source < rowEdges[row + 1]; source++) addLine(plane, source, columnEdges, cells);
    const height = rowEdges[row + 1] - rowEdges[row];
    for (let column = 0; column < columns; column++) {
      cells[column] /= height * (columnEdges[column + 1] - columnEdges[column]);
    }
  }
  return { rows, columns, values };
}

interface Plane {
  readonly rows: number;
  readonly columns: number;
  /** Physical index of the plane's first element, and the way to its neighbours. */
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly read: ReadElement;
  readonly decode: DecodeRun;
}

type Axes = Pick<PageQuery, "rowAxis" | "columnAxis" | "index">;

function planeOf(op: string, raw: RawTensor, { rowAxis, columnAxis, index }: Axes): Plane {
  requireWhole(op, raw);
  const { shape } = raw;
  const strides = stridesOf(raw);
  for (const axis of [rowAxis, columnAxis]) {
    if (!Number.isInteger(axis) || axis < -1 || axis >= shape.length) {
      throw new ArgumentError(`${op}: expected an axis of ${shapeText(shape)} or -1 for none, got ${axis}`);
    }
  }
  if (rowAxis === columnAxis && rowAxis !== -1) {
    throw new ArgumentError(`${op}: expected two different axes, got ${rowAxis} twice`);
  }
  if (index.length !== shape.length) {
    throw new ArgumentError(`${op}: expected one index for each of ${shapeText(shape)}, got ${shapeText(index)}`);
  }
  const rows = rowAxis === -1 ? 1 : shape[rowAxis];
  const columns = columnAxis === -1 ? 1 : shape[columnAxis];
  let offset = 0;
  let isEmpty = false;
  for (let axis = 0; axis < shape.length; axis++) {
    if (axis === rowAxis || axis === columnAxis) continue;
    const at = index[axis];
    // The first place of an empty axis is where a viewer starts: nothing is there, and that is no mistake.
    isEmpty ||= shape[axis] === 0 && at === 0;
    if (!Number.isInteger(at) || at < 0 || (at >= shape[axis] && at !== 0)) {
      throw new ArgumentError(`${op}: expected an index within ${shapeText(shape)}, got ${shapeText(index)}`);
    }
    offset += at * strides[axis];
  }
  return {
    rows: isEmpty ? 0 : rows,
    columns: isEmpty ? 0 : columns,
    offset,
    rowStride: rowAxis === -1 ? 0 : strides[rowAxis],
    columnStride: columnAxis === -1 ? 0 : strides[columnAxis],
    read: elementReader(raw.dtype, raw.data),
    decode: runDecoder(raw.dtype, raw.data),
  };
}

/** Elements decoded at once. */
const runLength = 8192;
const run = new Float64Array(runLength);

/** Adds each element of a row to the cell that its column falls into. */
function addLine(plane: Plane, row: number, edges: Float64Array, cells: Float64Array): void {
  const { columns, columnStride, read } = plane;
  const offset = plane.offset + row * plane.rowStride;
  let cell = 0;
  for (let start = 0; start < columns; start += runLength) {
    const length = Math.min(runLength, columns - start);
    if (columnStride === 1) plane.decode(offset + start, length, run);
    else for (let i = 0; i < length; i++) run[i] = read(offset + (start + i) * columnStride);
    for (let i = 0; i < length; i++) {
      while (start + i >= edges[cell + 1]) cell++;
      cells[cell] += run[i];
    }
  }
}

function clamp(op: string, start: number, count: number, size: number): readonly [start: number, count: number] {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(count) || start < 0 || count < 0) {
    throw new ArgumentError(`${op}: expected a start and a count >= 0, got ${start} and ${count}`);
  }
  const from = Math.min(start, size);
  return [from, Math.min(count, size - from)];
}

function requireCells(op: string, rows: number, columns: number): number {
  if (rows * columns <= mostCells) return rows * columns;
  throw new ArgumentError(`${op}: expected at most ${mostCells} cells, got ${rows} x ${columns}; ask for a part`);
}

/** Where each of `parts` blocks of `size` elements begins, and the end. */
const edgesOf = (size: number, parts: number): Float64Array =>
  Float64Array.from({ length: parts + 1 }, (_, i) => (parts === 0 ? 0 : Math.floor((i * size) / parts)));
