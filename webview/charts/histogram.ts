// Counts of equal bins as bars. Knows numbers, not tensors.
import { el, setText, svg } from "../lib/dom.js";
import { formatCount, formatNumber } from "../lib/format.js";

export interface HistogramView {
  readonly counts: Float64Array;
  /** Value at the left edge of the first bin and at the right edge of the last. */
  readonly min: number;
  readonly max: number;
}

export interface Histogram {
  readonly element: HTMLElement;
  readonly show: (view: HistogramView) => void;
}

/** Units of the drawing's own coordinates; it stretches to the width it gets. */
const size = { width: 240, height: 72 };

export function createHistogram(label: string): Histogram {
  const drawing = svg("svg", {
    viewBox: `0 0 ${size.width} ${size.height}`,
    preserveAspectRatio: "none",
    class: "bars",
  });
  const low = el("span", { class: "number" });
  const high = el("span", { class: "number" });
  const element = el(
    "figure",
    { class: "histogram", role: "img", "aria-label": label },
    drawing,
    el("figcaption", { "aria-hidden": "true" }, low, high),
  );
  return {
    element,
    show: ({ counts, min, max }) => {
      const largest = counts.reduce((most, count) => Math.max(most, count), 0);
      const step = size.width / Math.max(1, counts.length);
      const edge = (at: number): number => min + ((max - min) * at) / counts.length;
      drawing.replaceChildren(
        ...Array.from(counts, (count, at) => {
          // A bin that holds anything at all stays visible beside one that holds nearly everything.
          const height = count === 0 ? 0 : Math.max(1.5, (count / largest) * (size.height - 2));
          const bar = svg("rect", {
            x: at * step,
            y: size.height - height,
            width: Math.max(0.5, step - 0.8),
            height,
          });
          const range = `${formatNumber(edge(at))} to ${formatNumber(edge(at + 1))}`;
          const target = svg("rect", { class: "target", x: at * step, y: 0, width: step, height: size.height });
          return svg("g", {}, svg("title", {}, `${range}: ${formatCount(count)}`), bar, target);
        }),
      );
      if (min < 0 && max > 0) {
        const zero = ((0 - min) / (max - min)) * size.width;
        drawing.append(svg("line", { class: "zero", x1: zero, x2: zero, y1: 0, y2: size.height }));
      }
      setText(low, formatNumber(min));
      setText(high, formatNumber(max));
      const most = counts.indexOf(largest);
      element.setAttribute(
        "aria-label",
        largest === 0
          ? `${label}: no finite values`
          : `${label} from ${formatNumber(min)} to ${formatNumber(max)}; most values, ${formatCount(largest)}, between ${formatNumber(edge(most))} and ${formatNumber(edge(most + 1))}`,
      );
    },
  };
}
