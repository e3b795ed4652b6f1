// Sets the keys that `when` clauses ask, each only when it changes.
import * as vscode from "vscode";
import { type ContextKey, prefix } from "./contributions.js";

const values = new Map<ContextKey, boolean>();

export function setContext(key: ContextKey, value: boolean): void {
  if (values.get(key) === value) return;
  values.set(key, value);
  void vscode.commands.executeCommand("setContext", `${prefix}.${key}`, value);
}
