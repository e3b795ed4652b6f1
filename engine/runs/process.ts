// Whether the process of a run still lives. A pid alone does not say: it is given to another process later.
// Knows Linux's /proc; elsewhere a pid has to do.
import { readFileSync } from "node:fs";

/** Boot id and start time of a process: no two processes of a machine share it. Undefined where the system does not say. */
export function processIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command in brackets and may itself hold blanks and brackets; the start time is field 22.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined; // dead, only not yet waited for
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Whether the process with this pid, and with this identity when one was recorded, is there. */
export function isProcessAlive(pid: number, identity: string | undefined): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (identity !== undefined) return processIdentity(pid) === identity;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
