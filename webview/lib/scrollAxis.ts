// One direction of a virtual scroll area: how a native scroll position, which browsers cap, stands for a place in
// contents of any size. Pure.

/** Browsers lay out nothing much beyond 16 million pixels; this leaves room. */
const longestSpacer = 8_000_000;

export interface ScrollAxis {
  /** Pixels of all contents, and of the window on them. */
  readonly total: number;
  readonly view: number;
  /** Pixels of the element that gives the native scroll bar its range. */
  readonly spacer: number;
}

export const scrollAxis = (total: number, view: number): ScrollAxis => ({
  total,
  view,
  spacer: Math.max(Math.min(total, longestSpacer), 0),
});

export const largestOffset = ({ total, view }: ScrollAxis): number => Math.max(0, total - view);

export const clampOffset = (axis: ScrollAxis, offset: number): number =>
  Math.min(largestOffset(axis), Math.max(0, offset));

/** Contents' offset for a native scroll position. */
export function offsetOf(axis: ScrollAxis, scroll: number): number {
  const range = axis.spacer - axis.view;
  return range <= 0 ? 0 : clampOffset(axis, scroll * (largestOffset(axis) / range));
}

/** Native scroll position for a contents' offset. */
export function scrollOf(axis: ScrollAxis, offset: number): number {
  const largest = largestOffset(axis);
  return largest === 0 ? 0 : (clampOffset(axis, offset) * (axis.spacer - axis.view)) / largest;
}

/** True when a native scroll step of one pixel would jump over contents. */
export const isScaled = (axis: ScrollAxis): boolean => axis.spacer < axis.total;

/** The offset that brings `start`..`start + length` into view with the least movement. */
export function revealing(axis: ScrollAxis, offset: number, start: number, length: number): number {
  if (start < offset) return clampOffset(axis, start);
  if (start + length > offset + axis.view) return clampOffset(axis, start + length - axis.view);
  return clampOffset(axis, offset);
}
