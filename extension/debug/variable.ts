/** What a row of the Variables view passes to a command of its context menu. */
export interface DebugVariable {
  readonly sessionId: string;
  readonly variable: { readonly name: string; readonly evaluateName?: string };
}

export const isDebugVariable = (value: unknown): value is DebugVariable =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as DebugVariable).sessionId === "string" &&
  typeof (value as DebugVariable).variable?.name === "string";
