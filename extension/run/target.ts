// What a "Train", "Test" or "Debug" is aimed at: a `vscode.Uri` from a menu, or the plain object of a CodeLens.
import type { RunVerb } from "../../engine/protocol.js";

export interface Target {
  /** Absolute path of the program. */
  readonly fsPath: string;
  /** Which of its exports; absent: what the command says. */
  readonly verb?: RunVerb;
}
