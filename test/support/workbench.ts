// A real VS Code in a real browser, for tests: the extension runs in a real extension host with the built-in debugger and
// TypeScript server; the test acts as a user does. Waits are for what the user sees, never for a time.
import { mkdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Frame, type Locator, type Page } from "playwright-core";
import { findBrowser } from "./systemPackages.js";
import { until } from "./until.js";
import { serveWorkbench, type ServerOptions, type WorkbenchServer } from "./workbenchServer.js";

export interface WorkbenchOptions extends ServerOptions {
  /** Folder of an extension under development. */
  readonly extension?: string;
  /** CommonJS file whose `run()` is called in the extension host. When it ends, the extension host stops: no journeys then. */
  readonly tests?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Longest wait for anything on the page. */
  readonly timeoutMs?: number;
  /** Longest run of `tests`. */
  readonly testTimeoutMs?: number;
}

export interface HostTestResult {
  readonly ok: boolean;
  /** 0, another number, or what happened instead of an end. */
  readonly exitCode: number | string;
  /** What the tests printed (lines whose first argument is a string), with the workbench's own lines. */
  readonly output: string;
}

export interface Workbench {
  readonly page: Page;
  /** Runs a command by its full title ("Gradtape: Open Run") in the command palette. */
  runCommand(title: string): Promise<void>;
  /** Opens a file of the folder; the cursor goes to `line`. */
  openFile(path: string, line?: number): Promise<void>;
  /** Chooses a row of the quick pick that is open. */
  pick(label: string | RegExp): Promise<void>;
  /** The content of the webview whose tab or view has this title. Get it again after it was hidden. */
  frameOf(title: string | RegExp, ms?: number): Promise<Frame>;
  /** A picture of the window in test/output/screenshots; returns its path. */
  screenshot(name: string): Promise<string>;
  /** What to keep when a test fails: the logs of extension host, server and page. */
  logs(): string;
  /** With `tests`: how they ended. */
  hostTests(): Promise<HostTestResult>;
  close(): Promise<void>;
}

const screenshots = fileURLToPath(new URL("../output/screenshots/", import.meta.url));

const browserArguments = [
  ...[
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
  ],
  // Drawn by software: canvas and WebGL 2 work with it.
  ...["--disable-sync", "--disable-dev-shm-usage", "--disable-gpu"],
];

export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  if (options.tests !== undefined && options.extension === undefined) {
    throw new Error("openWorkbench: expected an extension with tests, got tests alone");
  }
  const folder = realpathSync(options.folder);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const server = await serveWorkbench({ ...options, folder });
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close().catch(() => undefined); // it may have crashed: that is the test's to notice
    await server.stop();
  };
  try {
    browser = await launch(server);
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1280, height: 800 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(timeoutMs);
    const console: string[] = [];
    page.on("console", (message) => console.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => console.push(`error: ${error.stack ?? error.message}`));
    const tests = options.tests === undefined ? undefined : await hearHostTests(page, server, options);
    await page.goto(server.url({ ...options, folder }));
    await page.waitForSelector(".monaco-workbench .part.statusbar");
    // Its log is the first sign of the extension host. Tests may be over before that can be seen.
    if (!tests) await until("the start of the extension host", timeoutMs, () => server.extensionHostLogs() !== "");
    return {
      page,
      ...palette(page),
      frameOf: (title, ms = timeoutMs) => until(`the webview ${String(title)}`, ms, () => findFrame(page, title)),
      async screenshot(name) {
        mkdirSync(screenshots, { recursive: true });
        const path = join(screenshots, `${name}.png`);
        await page.screenshot({ path });
        return path;
      },
      logs: () => [server.extensionHostLogs(), "== server", server.output(), "== page", ...console].join("\n"),
      hostTests: () => tests?.result ?? Promise.reject(new Error("hostTests: this workbench was opened without tests")),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function launch({ data }: WorkbenchServer): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("workbench: expected chromium, got none on the PATH");
  return await chromium.launch({
    executablePath,
    args: browserArguments,
    env: definedOnly({ ...process.env, TMPDIR: join(data, "tmp"), XDG_CONFIG_HOME: data, XDG_CACHE_HOME: data }),
    // The server's own do it: playwright's own handlers would leave this process and the server running.
    handleSIGHUP: false,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The workbench hands the tests' lines and their exit code to two functions of the page, where they exist. */
async function hearHostTests(
  page: Page,
  server: WorkbenchServer,
  { testTimeoutMs = 120_000 }: WorkbenchOptions,
): Promise<{ readonly result: Promise<HostTestResult> }> {
  const lines: string[] = [];
  let end: (exitCode: number | string) => void = () => undefined;
  const ended = new Promise<number | string>((resolve) => (end = resolve));
  await page.exposeFunction("codeAutomationLog", (_type: string, values: readonly unknown[] = []) => {
    lines.push(values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" "));
  });
  await page.exposeFunction("codeAutomationExit", (code: number) => end(code));
  page.on("crash", () => end("the browser crashed"));
  server.onExit(() => end("the server ended"));
  const timer = setTimeout(() => end(`no end in ${testTimeoutMs} ms`), testTimeoutMs);
  const result = ended.then((exitCode) => {
    clearTimeout(timer);
    return { ok: exitCode === 0, exitCode, output: lines.join("\n") };
  });
  return { result };
}

/** What a user does in the command palette and in quick picks. */
function palette(page: Page): Pick<Workbench, "runCommand" | "openFile" | "pick"> {
  const input = page.locator(".quick-input-widget .quick-input-box input");
  const row = (label: string | RegExp): Locator =>
    page
      .locator(".quick-input-widget .quick-input-list .monaco-list-row")
      .filter({ has: page.locator(".label-name", { hasText: typeof label === "string" ? whole(label) : label }) })
      .first();
  return {
    pick: (label) => row(label).click(),
    async runCommand(title) {
      // Another quick pick may close the palette just as it opens: as a user would, try again.
      for (let tries = 1; ; tries++) {
        try {
          await page.keyboard.press("F1"); // webviews pass the workbench's keys on
          await input.waitFor({ state: "visible", timeout: 5000 });
          await input.fill(`>${title}`);
          return await row(title).click({ timeout: 5000 });
        } catch (error) {
          await page.keyboard.press("Escape");
          if (tries === 3) throw new Error(`runCommand: "${title}" is not in the command palette`, { cause: error });
        }
      }
    },
    async openFile(path, line) {
      const name = basename(path);
      await page.keyboard.press("Control+P");
      await input.waitFor({ state: "visible" });
      await input.fill(path);
      await row(name).click();
      await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
      await page.locator(".editor-instance .view-line").first().waitFor();
      if (line === undefined) return;
      await page.keyboard.press("Control+G");
      await input.waitFor({ state: "visible" });
      await input.fill(`:${line}`);
      await page.keyboard.press("Enter");
      await input.waitFor({ state: "hidden" });
    },
  };
}

function whole(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);
}

/** A webview is a frame of VS Code's with a frame in it that holds the extension's page and has the tab's title. */
async function findFrame(page: Page, title: string | RegExp): Promise<Frame | undefined> {
  for (const frame of page.frames().filter((candidate) => candidate.parentFrame())) {
    // Frames come and go while they are looked at: one that is gone is not the one.
    const element = await frame.frameElement().catch(() => undefined);
    const found = await element
      ?.evaluate((e) => ({ id: (e as HTMLElement).id, title: (e as HTMLElement).title }))
      .catch(() => undefined);
    if (found?.id !== "active-frame") continue;
    const own = found.title || (await frame.title().catch(() => ""));
    if (typeof title === "string" ? own !== title : !title.test(own)) continue;
    await frame.waitForLoadState("domcontentloaded").catch(() => undefined);
    return frame;
  }
  return undefined;
}
