// One row per panel. The row's key is the folder under webview/panels, the bundle's name and the view type.
import { prefix } from "./contributions.js";

export interface PanelRow {
  readonly title: string;
  /** `single`: one panel that changes its subject. `several`: one per subject, found again by its key. */
  readonly count: "single" | "several";
}

export const panels = {
  run: { title: "Run", count: "single" },
  tensor: { title: "Tensor", count: "several" },
} as const satisfies Record<string, PanelRow>;

export type PanelName = keyof typeof panels;
export const panelNames = Object.keys(panels) as readonly PanelName[];
export const panelViewType = (name: PanelName) => `${prefix}.${name}`;
