// What programs print, in one channel: a header line whenever another run begins to speak, so that runs that live at
// the same time stay apart.
import * as vscode from "vscode";
import { stripVTControlCharacters } from "node:util";

/** Writes one run's text: whole lines only, so that two runs never share one. */
export interface RunOutput {
  write(text: string): void;
  /** Writes what is left and a closing line. */
  end(closing: string): void;
}

export class OutputChannel implements vscode.Disposable {
  #channel = vscode.window.createOutputChannel("Gradtape");
  #speaker: object | undefined;

  for(title: string): RunOutput {
    const speaker = {};
    let rest = "";
    const lines = (text: string) => {
      if (this.#speaker !== speaker) {
        this.#channel.appendLine(`${this.#speaker ? "\n" : ""}── ${title} · ${new Date().toLocaleTimeString()} ──`);
        this.#speaker = speaker;
      }
      this.#channel.append(text);
    };
    return {
      write: (text) => {
        rest += stripVTControlCharacters(text).replace(/\r\n/g, "\n");
        const end = rest.lastIndexOf("\n") + 1;
        if (end === 0) return;
        lines(rest.slice(0, end));
        rest = rest.slice(end);
      },
      end: (closing) => {
        lines(`${rest}${rest === "" ? "" : "\n"}${closing}\n`);
        rest = "";
      },
    };
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
