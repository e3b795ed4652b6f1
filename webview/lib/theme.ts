// The colours and fonts of the user's VS Code theme as values, for what CSS cannot reach (canvas), and word of a change.

export type ThemeKind = "light" | "dark" | "highContrast" | "highContrastLight";

export interface Theme {
  readonly kind: ThemeKind;
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly line: string;
  readonly focus: string;
  readonly error: string;
  readonly fontFamily: string;
  readonly editorFontFamily: string;
  /** CSS pixels. */
  readonly fontSize: number;
  /** Categorical colours, most wanted first. */
  readonly categories: readonly string[];
}

export const isDark = (kind: ThemeKind): boolean => kind === "dark" || kind === "highContrast";

export const isHighContrast = (kind: ThemeKind): boolean => kind === "highContrast" || kind === "highContrastLight";

/** Reads the theme as it is now. Fallbacks are those of VS Code's own dark theme, for variables a theme leaves out. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string, fallback: string): string =>
    style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  const foreground = read("foreground", "#cccccc");
  return {
    kind: kindOf(document.body.classList),
    background: read("editor-background", "#1f1f1f"),
    foreground,
    muted: read("descriptionForeground", foreground),
    line: read("widget-border", read("panel-border", "rgba(128, 128, 128, 0.35)")),
    focus: read("focusBorder", "#0078d4"),
    error: read("errorForeground", "#f85149"),
    fontFamily: read("font-family", "sans-serif"),
    editorFontFamily: read("editor-font-family", "monospace"),
    fontSize: Number.parseFloat(read("font-size", "13px")) || 13,
    categories: [
      read("charts-blue", "#3794ff"),
      read("charts-orange", "#d18616"),
      read("charts-green", "#89d185"),
      read("charts-purple", "#b180d7"),
      read("charts-yellow", "#cca700"),
      read("charts-red", "#f14c4c"),
    ],
  };
}

/** VS Code changes the body's class and the root's variables when the theme changes; both may come in one go. */
export function onThemeChange(changed: (theme: Theme) => void): () => void {
  let handle: number | undefined;
  const observer = new MutationObserver(() => {
    handle ??= requestAnimationFrame(() => {
      handle = undefined;
      changed(readTheme());
    });
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  return () => {
    observer.disconnect();
    if (handle !== undefined) cancelAnimationFrame(handle);
  };
}

function kindOf(classes: DOMTokenList): ThemeKind {
  if (classes.contains("vscode-high-contrast-light")) return "highContrastLight";
  if (classes.contains("vscode-high-contrast")) return "highContrast";
  return classes.contains("vscode-light") ? "light" : "dark";
}
