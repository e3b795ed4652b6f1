// The inspector's first row: which tensor, of what kind, where it lives, and whether its values are those of now.
import { el, setShown, setText } from "../../lib/dom.js";
import { baseName, bytesOf, dtypeName, formatBytes, formatShape } from "../../lib/format.js";
import { dropdown } from "../../lib/toolkit.js";
import type { InspectorState, Which } from "./model.js";

export interface Part {
  readonly element: HTMLElement;
  readonly show: (state: InspectorState) => void;
}

export function createHeader(actions: {
  readonly choose: (which: Which) => void;
  readonly openSource: () => void;
}): Part {
  const title = el("h2", { class: "expression number" });
  const dtype = el("span", { class: "fact number", title: "dtype" });
  const shape = el("span", { class: "fact number", title: "shape" });
  const device = el("span", { class: "fact", title: "device" });
  const grad = el("span", { class: "fact", title: "The tape records what is done with it." });
  const size = el("span", { class: "fact number" });
  const mark = el("span", { class: "mark codicon", "aria-hidden": "true" });
  const word = el("span");
  const badge = el("span", { class: "badge", role: "status" }, mark, word);
  const source = el("button", { type: "button", class: "link number fact" });
  source.addEventListener("click", actions.openSource);
  const which = dropdown({
    label: "Value or gradient",
    choose: (chosen) => actions.choose(chosen === "gradient" ? "gradient" : "value"),
  });
  const element = el(
    "header",
    { class: "header" },
    el("div", { class: "who" }, title, badge),
    el("div", { class: "facts" }, dtype, shape, device, grad, size, source),
    el("div", { class: "actions" }, which.element),
  );
  return {
    element,
    show: (state) => {
      const { shown } = state;
      setShown(element, shown.kind === "tensor");
      if (shown.kind !== "tensor") return;
      const { expression, tensor, at, live } = shown.subject;
      setText(title, expression);
      title.title = expression;
      setText(dtype, dtypeName(tensor.dtype));
      setText(shape, formatShape(tensor.shape));
      setText(device, tensor.device);
      setText(grad, tensor.requiresGrad ? (tensor.gradFn ? `grad (${tensor.gradFn})` : "grad") : "");
      const bytes = bytesOf(tensor.dtype, tensor.shape);
      setText(size, formatBytes(bytes));
      size.title = `${bytes} bytes`;
      setText(word, live ? "live" : "frozen");
      badge.dataset.kind = live ? "live" : "quiet";
      badge.title = live
        ? "The program stands still here: these are its values now."
        : "The program went on: these values were read at the last stop.";
      mark.className = `mark codicon codicon-${live ? "debug-pause" : "history"}`;
      setShown(source, at !== undefined);
      if (at) setText(source, `${baseName(at.file)}:${at.line}`);
      setShown(which.element, tensor.grad !== undefined);
      which.set(
        [
          { value: "value", text: "Value" },
          { value: "gradient", text: "Gradient" },
        ],
        state.which,
      );
    },
  };
}
