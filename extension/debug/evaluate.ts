// Asks a paused program through its debugger. The engine keeps its answers under one symbol of globalThis, so that no
// name of the user's is touched.
import * as vscode from "vscode";
import type { SourceLine, TensorRef } from "../../engine/protocol.js";
import { parseTensorRef } from "./tensorRef.js";
import type { EvaluateAnswer, StackFrame } from "./protocol.js";
import type { Stop } from "./sessions.js";

const engine = 'globalThis[Symbol.for("gradtape.debug")]';

/** What an expression is, in a frame: a tensor, or why it is none. */
export type Evaluated =
  | { readonly kind: "tensor"; readonly tensor: TensorRef; readonly at?: SourceLine }
  | { readonly kind: "none"; readonly reason: string };

/** The engine computes summaries of the tensors in reach and keeps them in plain fields: descriptions in Variables read only those. */
export async function refreshSummaries({ session }: Stop): Promise<void> {
  await evaluate(session, `${engine}?.refresh()`, undefined);
}

export async function topFrame({ session, threadId }: Stop): Promise<StackFrame | undefined> {
  const { stackFrames } = (await session.customRequest("stackTrace", { threadId, startFrame: 0, levels: 20 })) as {
    readonly stackFrames: readonly (StackFrame & { readonly presentationHint?: string })[];
  };
  // Frames of the engine are skipped in the view, and so here.
  return (
    stackFrames.find(({ presentationHint }) => presentationHint === undefined || presentationHint === "normal") ??
    stackFrames[0]
  );
}

export async function evaluateTensor(
  session: vscode.DebugSession,
  expression: string,
  frame: StackFrame,
): Promise<Evaluated> {
  let answer: string;
  try {
    answer = await evaluate(session, `${engine}.ref((${expression}))`, frame.id);
  } catch (error) {
    return { kind: "none", reason: reasonOf(expression, error) };
  }
  const read = parseTensorRef(answer);
  if (typeof read === "string") return { kind: "none", reason: `${expression}: ${read}` };
  const file = frame.source?.path;
  const at = file ? { at: { file: pathOf(file), line: frame.line, column: frame.column } } : {};
  return { kind: "tensor", tensor: read, ...at };
}

/** In a remote window the debugger names files by URI. */
const pathOf = (source: string) =>
  /^[\w+.-]+:\/\//.test(source) ? vscode.Uri.parse(source).with({ scheme: "file", authority: "" }).fsPath : source;

async function evaluate(
  session: vscode.DebugSession,
  expression: string,
  frameId: number | undefined,
): Promise<string> {
  // "clipboard" is the one context in which js-debug gives a text whole; elsewhere long ones are cut.
  const context = frameId === undefined ? "watch" : "clipboard";
  const { result } = (await session.customRequest("evaluate", { expression, frameId, context })) as EvaluateAnswer;
  return result;
}

function reasonOf(expression: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/reading 'ref'|of undefined/.test(message)) return `${expression}: the program has not loaded gradtape yet`;
  return `${expression}: ${message.replace(/^Uncaught /, "").split("\n", 1)[0]}`;
}
