import assert from "node:assert/strict";
import { commandId, commands, contextKeys, menus, views } from "./contributions.js";
import { generatedManifest } from "./manifest.js";
import { panelNames, panelViewType } from "./panels.js";

describe("generatedManifest", () => {
  const text = JSON.stringify(generatedManifest());

  it("names only commands and context keys that are in the tables", () => {
    const known = new Set<string>([
      ...Object.keys(commands).map((name) => `gradtape.${name}`),
      ...Object.keys(contextKeys).map((name) => `gradtape.${name}`),
      ...Object.keys(views).map((name) => `gradtape.${name}`),
      "gradtape.nodePath",
      "gradtape.openPanel",
      "gradtape.codeLens",
      "gradtape.svg",
      ...panelNames.map(panelViewType),
    ]);
    for (const [name] of text.matchAll(/gradtape\.\w+/g)) assert.ok(known.has(name), name);
  });

  it("asks for every context key that is declared, and lists every command once", () => {
    for (const key of Object.keys(contextKeys)) assert.ok(text.includes(`gradtape.${key}`), key);
    const { contributes } = generatedManifest() as { contributes: { commands: readonly { command: string }[] } };
    assert.deepEqual(
      contributes.commands.map(({ command }) => command),
      Object.keys(commands).map((name) => commandId(name as keyof typeof commands)),
    );
  });

  it("gives every command of an inline group or a title bar an icon", () => {
    const rows = [...menus["view/title"], ...menus["view/item/context"]].filter(({ group }) =>
      /inline|navigation/.test(group),
    );
    for (const { command } of rows) assert.ok(commands[command].icon, command);
  });
});
