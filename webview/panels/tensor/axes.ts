// Which two axes run and where the others stand: two choices, and a slider with a number per axis that stands still.
import { el, keyed, setShown, setText } from "../../lib/dom.js";
import { dropdown } from "../../lib/toolkit.js";
import type { Part } from "./header.js";
import { sliceText, tensorOf, type InspectorState } from "./model.js";

export interface AxisActions {
  readonly chooseAxis: (side: "row" | "column", axis: number) => void;
  readonly chooseIndex: (axis: number, at: number) => void;
}

interface Standing {
  readonly axis: number;
  readonly size: number;
  readonly at: number;
}

export function createAxes(actions: AxisActions): Part {
  const rows = dropdown({ label: "Axis of the rows", choose: (axis) => actions.chooseAxis("row", Number(axis)) });
  const columns = dropdown({
    label: "Axis of the columns",
    choose: (axis) => actions.chooseAxis("column", Number(axis)),
  });
  const pair = el(
    "div",
    { class: "axisPair" },
    el("span", { "aria-hidden": "true" }, "rows"),
    rows.element,
    el("span", { "aria-hidden": "true" }, "columns"),
    columns.element,
  );
  const sliders = el("div", { class: "sliders" });
  const slice = el("code", { class: "slice number", title: "The part on show" });
  const element = el("div", { class: "axes", role: "group", "aria-label": "Slice" }, pair, sliders, slice);
  const update = keyed<Standing>(
    sliders,
    ({ axis }) => String(axis),
    ({ axis }) => {
      const slider = el("input", { type: "range", min: 0, step: 1, "aria-label": `Index along axis ${axis}` });
      const number = el("input", {
        type: "number",
        min: 0,
        step: 1,
        "aria-label": `Index along axis ${axis}, as a number`,
      });
      for (const input of [slider, number]) {
        input.addEventListener("input", () => input.value !== "" && actions.chooseIndex(axis, Number(input.value)));
      }
      return el(
        "label",
        { class: "standing" },
        el("span", { class: "muted number" }, `${axis}:`),
        slider,
        number,
        el("span", { class: "muted number" }),
      );
    },
    (node, { size, at }) => {
      const [slider, number] = node.querySelectorAll("input");
      slider.max = number.max = String(Math.max(0, size - 1));
      slider.value = String(at);
      // Typing passes through states such as "1" on the way to "12": only another value is written back.
      if (Number(number.value) !== at || number.value === "") number.value = String(at);
      setText(node.lastElementChild as HTMLElement, `/ ${size}`);
    },
  );
  return {
    element,
    show: (state: InspectorState) => {
      const tensor = tensorOf(state);
      const rank = tensor?.shape.length ?? 0;
      setShown(element, rank >= 2);
      if (!tensor || rank < 2) return;
      const choices = tensor.shape.map((size, axis) => ({ value: String(axis), text: `${axis} (${size})` }));
      rows.set(choices, String(state.slice.rowAxis));
      columns.set(choices, String(state.slice.columnAxis));
      setShown(sliders, rank > 2);
      update(
        tensor.shape
          .map((size, axis) => ({ axis, size, at: state.slice.index[axis] }))
          .filter(({ axis }) => axis !== state.slice.rowAxis && axis !== state.slice.columnAxis),
      );
      setText(slice, sliceText(state.slice));
    },
  };
}
