// Where the cells of a picture lie on the page, zoomed or not. Pure.

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** d3's zoom transform: page = picture * k + (x, y). */
export interface Transform {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

const largestCell = 56;
/** A picture thinner than this is stretched: a strip of one pixel tells nothing. */
const thinnest = 40;

/** Fits rows x columns into the area: square cells where that leaves something to see. */
export function fitPicture(rows: number, columns: number, width: number, height: number): Place {
  const side = Math.min(width / columns, height / rows, largestCell);
  const cellWidth = Math.max(side, Math.min(thinnest, width) / columns);
  const cellHeight = Math.max(side, Math.min(thinnest, height) / rows);
  return { left: 0, top: 0, cellWidth, cellHeight };
}

export const zoomed = (place: Place, { k, x, y }: Transform): Place => ({
  left: place.left * k + x,
  top: place.top * k + y,
  cellWidth: place.cellWidth * k,
  cellHeight: place.cellHeight * k,
});

/** The source elements that cell `at` of `cells` stands for, when `full` elements were reduced to `cells`. */
export const blockOf = (at: number, cells: number, full: number): readonly [first: number, last: number] => [
  Math.floor((at * full) / cells),
  Math.max(Math.floor((at * full) / cells), Math.floor(((at + 1) * full) / cells) - 1),
];

/** The cell that stands for element `at`. */
export function cellOfElement(at: number, cells: number, full: number): number {
  let cell = Math.min(cells - 1, Math.floor((at * cells) / full));
  while (cell + 1 < cells && blockOf(cell + 1, cells, full)[0] <= at) cell++;
  while (cell > 0 && blockOf(cell, cells, full)[0] > at) cell--;
  return cell;
}

/** Positions of axis labels along `count` cells of `cell` pixels: round numbers, at least `apart` pixels from each other. */
export function labelStep(cell: number, count: number, perCell: number, apart: number): number {
  const bases = [1, 2, 5];
  for (let power = 1; ; power *= 10) {
    for (const base of bases) {
      const step = base * power;
      if ((step / perCell) * cell >= apart || step >= count * perCell) return step;
    }
  }
}
