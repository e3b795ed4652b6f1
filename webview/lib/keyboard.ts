// Keys as intentions: one spelling of "move", "page", "first" for every grid, chart and picture. Pure.

export type Move =
  | { readonly kind: "by"; readonly rows: number; readonly columns: number }
  | { readonly kind: "page"; readonly rows: -1 | 0 | 1; readonly columns: -1 | 0 | 1 }
  | { readonly kind: "edge"; readonly rows: -1 | 0 | 1; readonly columns: -1 | 0 | 1 };

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const arrows: Readonly<Record<string, readonly [rows: -1 | 0 | 1, columns: -1 | 0 | 1]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Ctrl, or Cmd on a Mac. */
export const hasMod = (key: Key): boolean => key.ctrlKey || key.metaKey;

/** Arrows step, with Ctrl/Cmd go to the edge; PageUp/PageDown by a screen (with Alt sideways); Home/End along the row, with Ctrl/Cmd to a corner. */
export function moveOf(key: Key): Move | undefined {
  const arrow = arrows[key.key];
  if (arrow && !key.altKey) {
    const [rows, columns] = arrow;
    return hasMod(key) ? { kind: "edge", rows, columns } : { kind: "by", rows, columns };
  }
  switch (key.key) {
    case "PageUp":
    case "PageDown": {
      const way = key.key === "PageUp" ? -1 : 1;
      return key.altKey ? { kind: "page", rows: 0, columns: way } : { kind: "page", rows: way, columns: 0 };
    }
    case "Home":
    case "End": {
      const way = key.key === "Home" ? -1 : 1;
      return { kind: "edge", rows: hasMod(key) ? way : 0, columns: way };
    }
    default:
      return undefined;
  }
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

export interface Extent {
  readonly rows: number;
  readonly columns: number;
}

/** The cell reached from `from` in a grid of `size`, of which `page` fit on the screen. */
export function moved(from: Cell, move: Move, size: Extent, page: Extent): Cell {
  const along = (at: number, way: number, count: number, screen: number): number => {
    const step = move.kind === "by" ? way : move.kind === "page" ? way * Math.max(1, screen - 1) : way * count;
    return Math.min(Math.max(0, count - 1), Math.max(0, at + step));
  };
  return {
    row: along(from.row, move.rows, size.rows, page.rows),
    column: along(from.column, move.columns, size.columns, page.columns),
  };
}
