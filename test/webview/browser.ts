// Opens a panel's page in a real browser: the bundle, the page and the policy that the extension uses, around a host that
// answers from a scenario. Serves on the loopback address only.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import type { PanelName } from "../../extension/panels.js";
import { panelPage } from "../../extension/panelPage.js";
import type { ScenarioName } from "./scenarios.js";
import { themes, type ThemeName } from "./themes.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));
export const screenshots = join(repository, "test", "output", "screenshots");

export interface Opening {
  readonly panel: PanelName | "skeleton";
  readonly scenario: ScenarioName;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** What the panel saved when it was last open. */
  readonly state?: unknown;
}

export interface OpenPage {
  readonly page: Page;
  /** Complaints of the page: exceptions, errors on the console, violations of the policy. Must stay empty. */
  readonly complaints: readonly string[];
  readonly screenshot: (name: string) => Promise<void>;
}

export interface PanelBrowser {
  readonly open: (opening: Opening) => Promise<OpenPage>;
  readonly close: () => Promise<void>;
}

const mimes: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".ttf": "font/ttf",
};

/** Builds the panels and the harness, and starts browser and server: once per test file. */
export async function startPanelBrowser(): Promise<PanelBrowser> {
  const files = await bundle();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const body =
      pathname === "/panel" ? pageFor(searchParams, `http://${request.headers.host}`) : files.get(pathname.slice(1));
    response.writeHead(body === undefined ? (pathname === "/favicon.ico" ? 204 : 404) : 200, {
      "content-type": mimes[extname(pathname)] ?? "text/html",
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await launch();
  return {
    open: (opening) => openPage(browser, port, opening),
    close: async () => {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openPage(browser: Browser, port: number, opening: Opening): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: opening.width ?? 1200, height: opening.height ?? 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  const query = new URLSearchParams({
    panel: opening.panel,
    scenario: opening.scenario,
    theme: opening.theme ?? "dark",
  });
  if (opening.state !== undefined) query.set("state", JSON.stringify(opening.state));
  await page.goto(`http://127.0.0.1:${port}/panel?${query}`);
  await page.waitForFunction(() => window.harness?.ready());
  return {
    page,
    complaints,
    screenshot: async (name) => {
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
  };
}

/** The extension's own page, with the harness's script and VS Code's default stylesheet before everything else. */
function pageFor(query: URLSearchParams, source: string): string {
  const panel = query.get("panel") as PanelName;
  const nonce = "0123456789abcdef";
  return panelPage({ panel, title: panel, nonce, source, script: `${panel}.js`, style: `${panel}.css` })
    .replace("<link", `<link rel="stylesheet" href="default.css"><link`)
    .replace(
      "<script",
      `<script nonce="${nonce}" src="theme.js"></script><script nonce="${nonce}" src="host.js"></script><script`,
    );
}

/** The rules VS Code gives every webview; a panel's own come later. */
const defaultStyle = `
html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
body { background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family);
  font-weight: var(--vscode-font-weight); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
a { color: var(--vscode-textLink-foreground); }
a:focus, input:focus, select:focus, textarea:focus { outline: 1px solid -webkit-focus-ring-color; outline-offset: -1px; }
`;

const themeScript = `
const themes = ${JSON.stringify(themes)};
window.setTheme = (name) => {
  document.documentElement.removeAttribute("style");
  for (const [variable, value] of Object.entries(themes[name].variables)) document.documentElement.style.setProperty(variable, value);
  document.body.className = themes[name].body;
};
window.setTheme(new URLSearchParams(location.search).get("theme"));
`;

async function bundle(): Promise<ReadonlyMap<string, Uint8Array | string>> {
  const shared = {
    absWorkingDir: repository,
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    target: "es2022",
    logLevel: "warning",
  } as const;
  const [panels, host] = await Promise.all([
    build({
      ...shared,
      entryPoints: ["run", "tensor", "skeleton"]
        .filter((name) => existsSync(join(repository, "webview", "panels", name, "index.ts")))
        .map((name) => ({ in: `webview/panels/${name}/index.ts`, out: name })),
      outdir: "panels",
      loader: { ".ttf": "file" },
      assetNames: "[name]",
    }),
    build({
      ...shared,
      entryPoints: ["test/webview/host.ts"],
      outdir: "panels",
      alias: { "node:url": "./test/webview/nodeUrl.ts" },
      define: { "import.meta.url": JSON.stringify("file:///engine/errors.ts") },
    }),
  ]);
  const files = new Map<string, Uint8Array | string>([
    ["default.css", defaultStyle],
    ["theme.js", themeScript],
  ]);
  for (const { path, contents } of [...panels.outputFiles, ...host.outputFiles]) {
    files.set(path.slice(path.lastIndexOf("/panels/") + "/panels/".length), contents);
  }
  return files;
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
      "--disable-gpu",
    ],
  });
}

function findChromium(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
  const path = process.env.CHROMIUM ?? found;
  if (!path)
    throw new Error("webview tests: no chromium on the PATH; install it (apt-get install chromium) or set CHROMIUM");
  return path;
}
