// How long a run that is asked to stop may take to reach the end of its step, before its process is ended.
export const stopGraceMs = 800;
/** What shells expect of a process that was interrupted; the addon's watchdog uses it too. */
export const stoppedExitCode = 130;
