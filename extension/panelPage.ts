// The HTML of a panel: an empty root, one stylesheet and one script of the panel's bundle, and a policy that lets nothing
// else run. Pure.
import type { PanelName } from "./panels.js";

export interface PageParts {
  readonly panel: PanelName;
  readonly title: string;
  readonly nonce: string;
  /** The webview's own origin, as its `cspSource` says. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
}

export function panelPage({ panel, title, nonce, source, script, style }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source} 'nonce-${nonce}'`,
    `font-src ${source}`,
    `img-src ${source} data: blob:`,
    `script-src 'nonce-${nonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <link rel="stylesheet" href="${escapeHtml(style)}">
  </head>
  <body data-panel="${panel}" data-vscode-context='{"preventDefaultContextMenuItems": true}'>
    <div id="root"></div>
    <script nonce="${nonce}" src="${escapeHtml(script)}"></script>
  </body>
</html>
`;
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
