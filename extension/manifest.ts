// The generated part of package.json, computed from the tables. Pure.
import {
  capabilities,
  commandId,
  commands,
  type CommandName,
  keybindings,
  type MenuRow,
  menus,
  prefix,
  programLanguages,
  settings,
  typescriptPlugin,
  type CommandLook,
  type SettingRow,
  viewContainer,
  viewId,
  views,
  type ViewName,
  type ViewRow,
} from "./contributions.js";
import { panelNames, panelViewType } from "./panels.js";

type Json = Record<string, unknown>;
const entries = <Key extends string, Row>(table: { readonly [K in Key]: Row }) => Object.entries(table) as [Key, Row][];

/** The keys of package.json that belong to the tables; every other key is left alone. */
export function generatedManifest(): Json {
  return {
    activationEvents: [
      ...programLanguages.map((language) => `onLanguage:${language}`),
      ...panelNames.map((name) => `onWebviewPanel:${panelViewType(name)}`),
    ],
    capabilities: {
      ...capabilities,
      untrustedWorkspaces: { ...capabilities.untrustedWorkspaces, restrictedConfigurations: restrictedSettings() },
    },
    contributes: {
      commands: entries<CommandName, CommandLook>(commands).map(([name, row]) => commandEntry(name, row)),
      menus: { commandPalette: paletteEntries(), ...placedMenus() },
      keybindings: keybindings.map(({ command, ...row }) => ({ command: commandId(command), ...row })),
      viewsContainers: { activitybar: [viewContainer] },
      views: { [viewContainer.id]: viewEntries() },
      viewsWelcome: welcomeEntries(),
      configuration: { title: "Gradtape", properties: settingEntries() },
      typescriptServerPlugins: [{ name: typescriptPlugin, enableForWorkspaceTypeScriptVersions: true }],
    },
  };
}

const commandEntry = (name: CommandName, { title, icon, enablement }: CommandLook): Json => ({
  command: commandId(name),
  title,
  category: "Gradtape",
  ...(icon === undefined ? {} : { icon: `$(${icon})` }),
  ...(enablement === undefined ? {} : { enablement }),
});

const paletteEntries = () =>
  entries<CommandName, CommandLook>(commands)
    .filter(([, row]) => row.palette !== undefined)
    .map(([name, row]) => ({ command: commandId(name), when: row.palette }));

const placedMenus = () =>
  Object.fromEntries(
    entries<string, readonly MenuRow[]>(menus).map(([place, rows]) => [
      place,
      rows.map(({ command, ...row }) => ({ command: commandId(command), ...row })),
    ]),
  );

const viewEntries = () =>
  entries<ViewName, ViewRow>(views).map(([name, row]) => ({
    id: viewId(name),
    name: row.title,
    icon: viewContainer.icon,
    contextualTitle: viewContainer.title,
  }));

const welcomeEntries = () =>
  entries<ViewName, ViewRow>(views).flatMap(([name, row]) =>
    row.welcome.map(({ when, text }) => ({
      view: viewId(name),
      contents: text.join("\n"),
      ...(when === undefined ? {} : { when }),
    })),
  );

const settingRows = () => entries<string, SettingRow<string | boolean>>(settings);

const settingEntries = () =>
  Object.fromEntries(
    settingRows().map(([name, row]) => [
      `${prefix}.${name}`,
      { type: row.type, default: row.default, markdownDescription: row.description, scope: row.scope },
    ]),
  );

const restrictedSettings = () =>
  settingRows()
    .filter(([, row]) => row.restricted)
    .map(([name]) => `${prefix}.${name}`);
