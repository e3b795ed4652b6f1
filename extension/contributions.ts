// What Gradtape adds to VS Code, as typed tables: commands, menus, settings, views, keys. `generate.ts` writes them into
// package.json, `main.ts` registers them. Loads without `vscode`, so that the generator can read it.
import type { RunItem } from "./run/runItem.js";
import type { Target } from "./run/target.js";

/** Every id, context key and setting begins with it. */
export const prefix = "gradtape";

// ---- commands -----------------------------------------------------------------------------------------------------

export interface CommandLook {
  /** Title Case, without "Gradtape: ". */
  readonly title: string;
  /** Name of a codicon. */
  readonly icon?: string;
  /** When the command can be used at all; else it is greyed. */
  readonly enablement?: string;
  /** When the palette lists it. */
  readonly palette?: string;
}

/** A row knows the arguments that menus, CodeLenses and panels pass to its function. */
export interface CommandRow<Args extends readonly unknown[]> extends CommandLook {
  /** Only a type: never there. */
  readonly args?: Args;
}

const command = <Args extends readonly unknown[] = []>(look: CommandLook): CommandRow<Args> => look;

/** The editor's languages of programs: what the engine runs. */
export const programLanguages = ["typescript", "javascript"] as const;

const program = programLanguages.map((language) => `editorLangId == ${language}`).join(" || ");

export const commands = {
  train: command<[target?: Target]>({
    title: "Train",
    icon: "play",
    palette: program,
    enablement: "isWorkspaceTrusted",
  }),
  test: command<[target?: Target]>({
    title: "Test",
    icon: "beaker",
    palette: program,
    enablement: "isWorkspaceTrusted",
  }),
  debug: command<[target?: Target]>({
    title: "Debug",
    icon: "debug-alt",
    palette: program,
    enablement: "isWorkspaceTrusted",
  }),
  runProgram: command<[target?: Target]>({
    title: "Run Program",
    icon: "run",
    palette: program,
    enablement: "isWorkspaceTrusted",
  }),
  stopRun: command<[item?: RunItem, items?: readonly RunItem[]]>({
    title: "Stop Run",
    icon: "debug-stop",
    palette: "gradtape.running",
  }),
  openRun: command<[item?: RunItem | string]>({ title: "Open Run", icon: "graph-line" }),
  openRunFolder: command<[item?: RunItem]>({
    title: "Reveal Run Folder",
    icon: "folder-opened",
    palette: "gradtape.hasRuns",
  }),
  runAgain: command<[item?: RunItem]>({
    title: "Run Again",
    icon: "debug-restart",
    palette: "gradtape.hasRuns",
    enablement: "isWorkspaceTrusted",
  }),
  removeRun: command<[item?: RunItem, items?: readonly RunItem[]]>({
    title: "Remove Run",
    icon: "trash",
    palette: "gradtape.hasRuns",
  }),
  inspectTensor: command<[variable?: unknown]>({
    title: "Inspect Tensor",
    icon: "table",
    palette: "gradtape.paused",
  }),
  openExample: command<[]>({ title: "Open the MNIST Example", icon: "mortar-board" }),
  doctor: command<[]>({ title: "Check the Installation", icon: "pulse", enablement: "isWorkspaceTrusted" }),
  showOutput: command<[]>({ title: "Show Output", icon: "output" }),
} as const satisfies Record<string, CommandRow<readonly unknown[]>>;

export type CommandName = keyof typeof commands;
export type CommandArguments<Name extends CommandName> =
  (typeof commands)[Name] extends CommandRow<infer Args> ? Args : never;

/** A command's id as VS Code knows it. */
export const commandId = <Name extends CommandName>(name: Name): `${typeof prefix}.${Name}` => `${prefix}.${name}`;

// ---- context keys -------------------------------------------------------------------------------------------------

/** What `when` clauses may ask, beside VS Code's own keys. */
export const contextKeys = {
  running: "a run is alive",
  hasRuns: "the Runs view has a row",
  paused: "a Gradtape program stands at a breakpoint",
  exportsTrain: "the program in the active editor exports `train`",
  exportsTest: "the program in the active editor exports `test`",
  plainProgram: "the program in the active editor imports gradtape and exports neither",
} as const;

export type ContextKey = keyof typeof contextKeys;

// ---- views --------------------------------------------------------------------------------------------------------

export const viewContainer = { id: prefix, title: "Gradtape", icon: "extension/media/gradtape.svg" } as const;

export interface ViewRow {
  readonly title: string;
  /** Markdown lines of the empty view; a line that is one link becomes a button. */
  readonly welcome: readonly { readonly when?: string; readonly text: readonly string[] }[];
}

const button = (label: string, name: CommandName) => `[$(${commands[name].icon}) ${label}](command:${commandId(name)})`;

export const views = {
  runs: {
    title: "Runs",
    welcome: [
      {
        when: "isWorkspaceTrusted",
        text: [
          'A program that imports "gradtape" and exports train or test has buttons above them. Its runs are listed here.',
          button("Train the Open File", "train"),
          button("Open the MNIST Example", "openExample"),
        ],
      },
      {
        when: "!isWorkspaceTrusted",
        text: [
          "Runs are programs: they start only in a trusted workspace. Runs that are here already can be looked at.",
          "[$(shield) Manage Workspace Trust](command:workbench.trust.manage)",
        ],
      },
    ],
  },
} as const satisfies Record<string, ViewRow>;

export type ViewName = keyof typeof views;
export const viewId = (name: ViewName) => `${prefix}.${name}`;

// ---- menus --------------------------------------------------------------------------------------------------------

export interface MenuRow {
  readonly command: CommandName;
  readonly when?: string;
  readonly group?: string;
}

const ofRuns = `view == ${viewId("runs")}`;
const alive = `${ofRuns} && viewItem =~ /\\balive\\b/`;
const over = `${ofRuns} && viewItem =~ /\\bover\\b/`;
const recorded = `${ofRuns} && viewItem =~ /\\brecorded\\b/`;
const pausedEditor = "gradtape.paused && editorTextFocus";

/** Where commands appear besides the palette; a run's states are `alive` or `over`, and `recorded` once it has a folder. */
export const menus = {
  "view/title": [
    { command: "train", when: `${ofRuns} && gradtape.exportsTrain`, group: "navigation@1" },
    { command: "showOutput", when: ofRuns, group: "navigation@2" },
    { command: "doctor", when: ofRuns, group: "2_more@1" },
    { command: "openExample", when: ofRuns, group: "2_more@2" },
  ],
  "view/item/context": [
    { command: "stopRun", when: alive, group: "inline@1" },
    { command: "runAgain", when: over, group: "inline@1" },
    { command: "openRun", when: ofRuns, group: "inline@2" },
    { command: "openRun", when: ofRuns, group: "1_open@1" },
    { command: "openRunFolder", when: recorded, group: "1_open@2" },
    { command: "stopRun", when: alive, group: "2_run@1" },
    { command: "runAgain", when: over, group: "2_run@1" },
    { command: "removeRun", when: over, group: "3_remove@1" },
  ],
  "editor/title/run": [
    { command: "train", when: "gradtape.exportsTrain", group: "1_gradtape@1" },
    { command: "test", when: "gradtape.exportsTest", group: "1_gradtape@2" },
    { command: "runProgram", when: "gradtape.plainProgram", group: "1_gradtape@3" },
    {
      command: "debug",
      when: "gradtape.exportsTrain || gradtape.exportsTest || gradtape.plainProgram",
      group: "1_gradtape@4",
    },
  ],
  "editor/context": [{ command: "inspectTensor", when: pausedEditor, group: "debug@9" }],
  "debug/variables/context": [{ command: "inspectTensor", when: "gradtape.paused", group: "navigation@1" }],
} as const satisfies Record<string, readonly MenuRow[]>;

export const keybindings = [
  { command: "inspectTensor", key: "ctrl+alt+i", mac: "cmd+alt+i", when: pausedEditor },
] as const satisfies readonly { command: CommandName; key: string; mac?: string; when?: string }[];

// ---- settings -----------------------------------------------------------------------------------------------------

export interface Settings {
  readonly nodePath: string;
  readonly openPanel: boolean;
  readonly codeLens: boolean;
}

export interface SettingRow<Value> {
  readonly type: Value extends boolean ? "boolean" : Value extends number ? "number" : "string";
  readonly default: Value;
  /** Markdown. */
  readonly description: string;
  readonly scope: "machine" | "machine-overridable" | "window" | "resource";
  /** Its workspace value is ignored until the workspace is trusted. */
  readonly restricted?: boolean;
}

export const settings: { readonly [Name in keyof Settings]: SettingRow<Settings[Name]> } = {
  nodePath: {
    type: "string",
    default: "",
    description:
      "The Node.js that runs programs: a path, version 20.9 or newer. Empty: `node` of the `PATH`, or VS Code's own when there is none.",
    scope: "machine-overridable",
    restricted: true,
  },
  openPanel: {
    type: "boolean",
    default: true,
    description: "Open the Run panel when a run starts. The editor keeps the focus.",
    scope: "window",
  },
  codeLens: {
    type: "boolean",
    default: true,
    description: "Show Train, Test and Debug above the exports of a program.",
    scope: "window",
  },
};

// ---- the rest of the manifest ---------------------------------------------------------------------------------------

/** tsserver looks for it in this extension's node_modules. */
export const typescriptPlugin = "gradtape-typescript-plugin";

export const capabilities = {
  untrustedWorkspaces: {
    supported: "limited",
    description: "Recorded runs can be looked at; programs run only in a trusted workspace.",
  },
  virtualWorkspaces: { supported: false, description: "Programs run from files on disk." },
} as const;
