// One class for all panels: opens and finds them, gives each its page and its channel, and brings them back after a
// reload. Knows no request by name and no panel but by its row.
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { createMessageConnection } from "vscode-jsonrpc/node";
import { type Channel, type Handlers, openChannel } from "../engine/channel.js";
import { type Port, portTransport } from "../engine/channelPort.js";
import type { HostEvents, HostRequests, NoRequests, PanelEvents } from "../engine/protocol.js";
import { hostRequestValidators, panelEventValidators } from "../engine/protocolSchemas.js";
import { type Log, messageOf } from "./log.js";
import { type PanelName, panelNames, panels, panelViewType } from "./panels.js";
import { panelPage } from "./panelPage.js";

type PageChannel = Channel<NoRequests, HostEvents, PanelEvents>;

/** An open panel, as the rest of the extension sees it. */
export interface Panel {
  readonly name: PanelName;
  /** Which of several; the name itself for a single one. */
  readonly key: string;
  setTitle(title: string): void;
  reveal(): void;
  /** The page is shown and hears what it is told. */
  readonly listens: boolean;
  /** Reaches the page when it listens; a hidden page asks again when it is shown. */
  tell<Name extends keyof HostEvents & string>(event: Name, fields: HostEvents[Name]): void;
  /** The page begins to listen: at first, and each time it is shown again. */
  readonly onReady: vscode.Event<void>;
  /** The page is gone, for now or for good: what it asked for is of no more use. */
  readonly onHidden: vscode.Event<void>;
  readonly onClosed: vscode.Event<void>;
}

export interface PanelOptions {
  readonly key?: string;
  readonly title?: string;
  readonly preserveFocus?: boolean;
}

/** The answers to any panel's questions: made once per panel. */
export type PanelHandlers = (panel: Panel) => Handlers<HostRequests>;

class OpenPanel implements Panel {
  #channel: PageChannel | undefined;
  #listens = false;
  #ready = new vscode.EventEmitter<void>();
  #hidden = new vscode.EventEmitter<void>();
  #closed = new vscode.EventEmitter<void>();
  readonly onReady = this.#ready.event;
  readonly onHidden = this.#hidden.event;
  readonly onClosed = this.#closed.event;
  readonly #handlers: Handlers<HostRequests>;

  constructor(
    readonly name: PanelName,
    readonly key: string,
    private readonly view: vscode.WebviewPanel,
    root: vscode.Uri,
    handlers: PanelHandlers,
    private readonly log: Log,
  ) {
    this.#handlers = handlers(this);
    view.iconPath = {
      light: vscode.Uri.joinPath(root, "extension", "media", "panel-light.svg"),
      dark: vscode.Uri.joinPath(root, "extension", "media", "panel-dark.svg"),
    };
    const bundles = vscode.Uri.joinPath(root, "dist", "webview");
    view.webview.options = { enableScripts: true, localResourceRoots: [bundles] };
    const at = (file: string) => view.webview.asWebviewUri(vscode.Uri.joinPath(bundles, file)).toString();
    this.#connect();
    view.webview.html = panelPage({
      panel: name,
      title: view.title,
      nonce: randomBytes(16).toString("hex"),
      source: view.webview.cspSource,
      script: at(`${name}.js`),
      style: at(`${name}.css`),
    });
    view.onDidDispose(() => {
      this.#disconnect();
      this.#closed.fire();
      this.#closed.dispose();
      this.#ready.dispose();
      this.#hidden.dispose();
    });
    let visible = view.visible;
    view.onDidChangeViewState(() => {
      if (view.visible === visible) return;
      visible = view.visible;
      // A hidden page is gone and a shown one begins anew: an answer to the old one must not reach the new one.
      if (visible) this.#connect();
      else this.#disconnect();
    });
  }

  setTitle(title: string): void {
    if (this.view.title !== title) this.view.title = title;
  }

  reveal(): void {
    if (!this.view.visible) this.view.reveal(undefined, true);
  }

  get listens(): boolean {
    return this.#listens;
  }

  tell<Name extends keyof HostEvents & string>(event: Name, fields: HostEvents[Name]): void {
    if (this.#listens) this.#channel?.tell(event, fields);
  }

  #connect(): void {
    this.#disconnect();
    const { webview } = this.view;
    const port: Port = {
      post: (message) => void webview.postMessage(message),
      listen: (listener) => webview.onDidReceiveMessage(listener),
    };
    const { reader, writer } = portTransport(port);
    const connection = createMessageConnection(reader, writer);
    const channel: PageChannel = openChannel<HostRequests, NoRequests, HostEvents, PanelEvents>(
      connection,
      this.#handlers,
      {
        requests: hostRequestValidators,
        events: panelEventValidators,
        refused: (error) => this.log.error(`${this.name} panel: ${messageOf(error)}`),
      },
    );
    channel.hear("error", ({ message, stack }) => this.log.error(`${this.name} panel: ${stack ?? message}`));
    channel.hear("ready", () => {
      this.#listens = true;
      this.#ready.fire();
    });
    this.#channel = channel;
  }

  #disconnect(): void {
    this.#listens = false;
    this.#channel?.dispose();
    this.#channel = undefined;
    this.#hidden.fire();
  }
}

export class PanelHost implements vscode.Disposable {
  #open = new Map<string, OpenPanel>();
  #serializers: vscode.Disposable[];

  constructor(
    private readonly root: vscode.Uri,
    private readonly log: Log,
    private readonly handlers: PanelHandlers,
  ) {
    this.#serializers = panelNames.map((name) =>
      vscode.window.registerWebviewPanelSerializer(panelViewType(name), {
        deserializeWebviewPanel: async (view) => {
          // What a single panel showed is in its page's own state. One of several lost its subject with its process.
          this.#adopt(
            name,
            panels[name].count === "single" ? name : `restored ${randomBytes(8).toString("hex")}`,
            view,
          );
        },
      }),
    );
  }

  /** Opens the panel beside the editor, or brings the open one with the same key to the front. */
  open(name: PanelName, { key = name, title = panels[name].title, preserveFocus = true }: PanelOptions = {}): Panel {
    const open = this.#open.get(mapKey(name, key));
    if (open) {
      open.reveal();
      return open;
    }
    const view = vscode.window.createWebviewPanel(
      panelViewType(name),
      title,
      { viewColumn: this.#column(), preserveFocus },
      { enableScripts: true, retainContextWhenHidden: false },
    );
    return this.#adopt(name, key, view);
  }

  find(name: PanelName, key: string = name): Panel | undefined {
    return this.#open.get(mapKey(name, key));
  }

  all(name: PanelName): readonly Panel[] {
    return [...this.#open.values()].filter((panel) => panel.name === name);
  }

  #adopt(name: PanelName, key: string, view: vscode.WebviewPanel): Panel {
    const panel = new OpenPanel(name, key, view, this.root, this.handlers, this.log);
    this.#open.set(mapKey(name, key), panel);
    panel.onClosed(() => this.#open.delete(mapKey(name, key)));
    return panel;
  }

  /** With our other panels when there are any, else beside the editor. */
  #column(): vscode.ViewColumn {
    for (const group of vscode.window.tabGroups.all) {
      for (const { input } of group.tabs) {
        if (
          input instanceof vscode.TabInputWebview &&
          panelNames.some((name) => input.viewType.endsWith(panelViewType(name)))
        ) {
          return group.viewColumn;
        }
      }
    }
    return vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
  }

  dispose(): void {
    for (const serializer of this.#serializers) serializer.dispose();
  }
}

const mapKey = (name: PanelName, key: string) => `${name} ${key}`;
