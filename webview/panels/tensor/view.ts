// Draws the tensor inspector from its state. Knows no messages: what the user does goes to `Actions`.
import type { Page } from "../../../engine/protocol.js";
import { el, setShown, setText } from "../../lib/dom.js";
import { exactNumber, formatCount } from "../../lib/format.js";
import type { Cell, Extent } from "../../lib/keyboard.js";
import { emptyState, errorState, loadingState } from "../../lib/states.js";
import { checkbox, tabs } from "../../lib/toolkit.js";
import type { Selection } from "../../lib/virtualGrid.js";
import { createAxes, type AxisActions } from "./axes.js";
import { createHeader } from "./header.js";
import {
  extentOf,
  placeText,
  selectionRectangle,
  tensorOf,
  type InspectorState,
  type Shown,
  type Tab,
  type Which,
} from "./model.js";
import { createPicture } from "./picture.js";
import { createStatistics } from "./statistics.js";
import { createValues } from "./values.js";

export interface Actions extends AxisActions {
  readonly chooseWhich: (which: Which) => void;
  readonly chooseTab: (tab: Tab) => void;
  readonly openSource: () => void;
  readonly select: (selection: Selection) => void;
  readonly setTinted: (tinted: boolean) => void;
  readonly setFullRange: (full: boolean) => void;
  readonly retry: () => void;
  readonly inspect: () => void;
  readonly value: (row: number, column: number) => number | undefined;
  readonly needs: (first: Cell, size: Extent) => void;
}

export interface View {
  /** `fresh`: other values than at the last drawing; `limit`: magnitude with the strongest tint. */
  readonly show: (state: InspectorState, image: Page | undefined, limit: number, fresh: boolean) => void;
  readonly focusGrid: () => void;
}

export function createView(root: HTMLElement, actions: Actions): View {
  const header = createHeader({ choose: actions.chooseWhich, openSource: actions.openSource });
  const axes = createAxes(actions);
  const statistics = createStatistics();
  const values = createValues({ value: actions.value, needs: actions.needs, select: actions.select });
  const picture = createPicture({
    moveCursor: (cell) => {
      actions.select({ anchor: cell, focus: cell });
      values.reveal(cell);
    },
    setFullRange: actions.setFullRange,
  });
  const tinted = checkbox({ label: "Tint", title: "Colour the cells by their values", toggle: actions.setTinted });
  const nothing = el("p", { class: "nothing muted", role: "status" });
  const scalar = el("output", { class: "scalar number" });
  const valuesTools = el("div", { class: "valuesTools" }, tinted.element);
  const valuesView = el("div", { class: "valuesView" }, valuesTools, nothing, scalar, values.element);
  const views = tabs<Tab>({
    label: "Views of the tensor",
    tabs: [
      { id: "values", title: "Values", view: valuesView },
      { id: "heatmap", title: "Heatmap", view: picture.element },
    ],
    choose: actions.chooseTab,
  });
  const body = el(
    "main",
    { class: "tensorBody" },
    el("div", { class: "views" }, axes.element, views.element),
    statistics.element,
  );
  const other = el("div", { class: "other" });
  const place = el("span", { class: "facts number" });
  const done = el("span", { role: "status" });
  const notice = el("span", { class: "noticeText", role: "alert" });
  const retry = el("button", { type: "button", class: "link" }, "Try again");
  retry.addEventListener("click", actions.retry);
  const status = el("footer", { class: "status" }, notice, retry, place, done);
  root.replaceChildren(el("div", { class: "panel tensorPanel" }, header.element, body, other, status));

  /** A scalar is one number, as large as it deserves. */
  function showScalar(state: InspectorState): void {
    actions.needs({ row: 0, column: 0 }, { rows: 1, columns: 1 });
    const value = actions.value(0, 0);
    const exact = value === undefined ? "" : exactNumber(value, tensorOf(state)?.dtype);
    setText(scalar, exact);
    scalar.classList.toggle("alarming", value !== undefined && !Number.isFinite(value));
  }

  let shownPage = "";
  return {
    focusGrid: values.focus,
    show: (state, image, limit, fresh) => {
      const open = state.shown.kind === "tensor";
      setShown(body, open);
      setShown(other, !open);
      const key = JSON.stringify(open ? "tensor" : state.shown);
      if (key !== shownPage) {
        shownPage = key;
        other.replaceChildren(...pageOf(state.shown, actions));
      }
      header.show(state);
      axes.show(state);
      statistics.show(state);
      tinted.set(state.kept.tinted);
      views.show(state.kept.tab);
      const extent = extentOf(state);
      const empty = extent.rows === 0 || extent.columns === 0;
      setShown(nothing, open && empty);
      setText(nothing, "This tensor has no elements.");
      const alone = open && state.slice.rowAxis < 0;
      setShown(values.element, !empty && !alone);
      setShown(valuesTools, !empty && !alone);
      setShown(scalar, alone);
      if (alone) showScalar(state);
      // A hidden tab is neither measured nor drawn.
      if (open && state.kept.tab === "values") values.show(state, limit, fresh);
      if (open && state.kept.tab === "heatmap") picture.show(state, image, limit);
      setText(place, open && !empty ? placeLine(state, actions.value) : "");
      setText(done, state.done ?? "");
      setText(notice, state.failure ?? state.notice ?? "");
      setShown(retry, open && state.failure !== undefined);
    },
  };
}

function pageOf(shown: Shown, actions: Actions): readonly HTMLElement[] {
  switch (shown.kind) {
    case "tensor":
      return [];
    case "loading":
      return [loadingState("Reading the tensor.")];
    case "none":
      return [
        emptyState({
          icon: "symbol-array",
          title: "No tensor to show",
          text: `${shown.reason} Stop at a breakpoint, put the cursor on a variable and inspect it: its values, their picture and statistics appear here.`,
          actions: [{ label: "Inspect tensor", icon: "inspect", press: actions.inspect }],
        }),
      ];
    case "failed":
      return [
        errorState({
          icon: "error",
          title: "The tensor could not be read",
          text: shown.message,
          actions: [{ label: "Try again", icon: "refresh", press: actions.retry }],
        }),
      ];
    default:
      return shown satisfies never;
  }
}

function placeLine(state: InspectorState, valueAt: Actions["value"]): string {
  const { first, size } = selectionRectangle(state.selection);
  const at = placeText(
    state.slice,
    [first.row, first.row + size.rows - 1],
    [first.column, first.column + size.columns - 1],
  );
  const count = size.rows * size.columns;
  if (count > 1) return `${at} · ${formatCount(count)} values`;
  const value = valueAt(first.row, first.column);
  return value === undefined ? at : `${at} = ${exactNumber(value, tensorOf(state)?.dtype)}`;
}
