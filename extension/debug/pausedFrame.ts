// The frame the user looks at: the one chosen in the call stack, else the topmost of the program.
import * as vscode from "vscode";
import { topFrame } from "./evaluate.js";
import type { StackFrame } from "./protocol.js";
import { type DebugSessions, type Stop, tokenOf } from "./sessions.js";

export interface PausedFrame {
  readonly stop: Stop;
  readonly frame: StackFrame;
}

export async function pausedFrame(sessions: DebugSessions): Promise<PausedFrame | undefined> {
  const item = vscode.debug.activeStackItem;
  const token = item && tokenOf(item.session);
  const stop = (token === undefined ? undefined : sessions.stopOf(token)) ?? sessions.currentStop();
  if (!stop) return undefined;
  const chosen = item instanceof vscode.DebugStackFrame && item.session === stop.session ? item.frameId : undefined;
  const frame = chosen === undefined ? await topFrame(stop) : await frameOf(stop, chosen);
  return frame && { stop, frame };
}

/** The stack's entry for a frame id, for its file and line. */
async function frameOf({ session, threadId }: Stop, id: number): Promise<StackFrame | undefined> {
  const { stackFrames } = (await session.customRequest("stackTrace", { threadId, startFrame: 0, levels: 100 })) as {
    readonly stackFrames: readonly StackFrame[];
  };
  return stackFrames.find((frame) => frame.id === id) ?? stackFrames[0];
}
