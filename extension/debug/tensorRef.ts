// Reads the engine's answer to "what is this expression" out of the debugger's text. Pure.
import type { TensorRef } from "../../engine/protocol.js";
import { validateTensorRef } from "../../engine/protocolSchemas.js";

/** The tensor, or the engine's words why it is none. The debugger may have put the text in quotes. */
export function parseTensorRef(answer: string): TensorRef | string {
  const text = unquoted(answer);
  if (!text.startsWith("{")) return text;
  try {
    const value: unknown = JSON.parse(text);
    const { error } = value as { readonly error?: unknown };
    return typeof error === "string" ? error : validateTensorRef(value);
  } catch (error) {
    return `the engine's answer is not understood: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function unquoted(answer: string): string {
  const text = answer.trim();
  if (text.startsWith('"') && text.endsWith('"')) {
    try {
      return String(JSON.parse(text));
    } catch {
      return text;
    }
  }
  if (text.startsWith("'") && text.endsWith("'") && text.length > 1) {
    return text.slice(1, -1).replace(/\\(['\\])/g, "$1");
  }
  return text;
}
