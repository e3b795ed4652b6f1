// `gradtape doctor`: what was found and what is wrong; with --install it fetches the library first. Knows no run.
import { DiskFullError } from "../io/diskSpace.js";
import { diagnose, formatReport } from "../native/doctor.js";
import { LibraryError, locateLibrary, provideLibrary, type LibraryProgress } from "../native/library/index.js";
import { UsageError } from "./programError.js";
import { fitTo } from "./progressText.js";

/** Prints the report. Gives the exit code: 1 when something is wrong. */
export async function doctor(install: boolean, out: NodeJS.WriteStream = process.stdout): Promise<number> {
  if (install && !locateLibrary()) await fetchLibrary(out);
  const report = await diagnose();
  out.write(`${formatReport(report).trimEnd()}\n`);
  return report.problems.length > 0 ? 1 : 0;
}

/** What is said again only after this much more: a line per percent is noise in a log. */
const plainShare = 10;

async function fetchLibrary(out: NodeJS.WriteStream): Promise<void> {
  let said = "";
  const onProgress = (progress: LibraryProgress) => {
    const text = progressLine(progress, out.isTTY ? 1 : plainShare);
    if (text === said) return;
    said = text;
    out.write(out.isTTY ? `\r${fitTo(text, (out.columns || 80) - 1)}\x1b[K` : `${text}\n`);
  };
  try {
    const { version, library } = await provideLibrary({ onProgress });
    const done = `libtensorflow ${version}: ${library}\n`;
    out.write(out.isTTY ? `\r\x1b[K${done}` : done);
  } catch (error) {
    if (out.isTTY && said) out.write("\n");
    const known = error instanceof LibraryError || error instanceof DiskFullError;
    throw known ? new UsageError(error.message, { cause: error }) : error;
  }
}

function progressLine({ what, received, total }: LibraryProgress, stepShare: number): string {
  if (received === undefined || !total) return what;
  return `${what} ${Math.floor((100 * received) / total / stepShare) * stepShare} %`;
}
