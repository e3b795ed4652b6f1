// Typed reading of the settings declared in contributions.ts.
import * as vscode from "vscode";
import { prefix, type Settings } from "./contributions.js";

export function setting<Name extends keyof Settings>(name: Name, scope?: vscode.ConfigurationScope): Settings[Name] {
  // The default of the table is in package.json, so VS Code always has a value.
  return vscode.workspace.getConfiguration(prefix, scope).get(name) as Settings[Name];
}

export const affects = (change: vscode.ConfigurationChangeEvent, name: keyof Settings): boolean =>
  change.affectsConfiguration(`${prefix}.${name}`);
