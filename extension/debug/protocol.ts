// The few messages of the Debug Adapter Protocol that Gradtape reads or sends.

export interface DapMessage {
  readonly type: "event" | "request" | "response";
  readonly event?: string;
  readonly command?: string;
  readonly body?: unknown;
}

export interface StoppedBody {
  readonly threadId?: number;
  readonly reason: string;
}

export interface StackFrame {
  readonly id: number;
  readonly line: number;
  readonly column: number;
  readonly source?: { readonly path?: string };
}

export interface EvaluateAnswer {
  readonly result: string;
  readonly type?: string;
}
