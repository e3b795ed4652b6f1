/** The tests that run inside the extension host, in this order. */
export const hostTestNames = [
  "the extension is there and activates in at most 50 ms",
  "a run finishes, with its values and options",
  "running again gives the same options",
  "a tight synchronous loop stops within a second",
  "a killed process is a failed run with its last line, and the next run works",
  "an error is a problem at the user's line until the program is edited",
  "a program that cannot start is a failed run with the reason",
  "a run of a terminal appears, follows, and can be stopped",
  "a lone file completes and is checked",
  "a program in JavaScript has its buttons and runs",
] as const;

export type HostTestName = (typeof hostTestNames)[number];

/** One line of the extension host's output per test. */
export interface HostTestReport {
  readonly name: HostTestName;
  readonly ms: number;
  readonly note?: string;
  readonly error?: string;
}

/** Marks the reports among the lines of the workbench. */
export const reportMark = "gradtape-test ";
