// The line of the user's program that is executing, cheaply enough to be taken every step: raw call sites, looked up
// once per place in the source map. Knows nothing of runs or recorders.
import { findSourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import type { SourceLine } from "../protocol.js";
import { isUserFile } from "./engineFolder.js";

/** Frames looked at. Each costs: the user's is nearly always among the first, behind a few of the engine's. */
const depths = [3, 10, 40];

/** By generated place: the user's place, or undefined for the engine's own. */
const places = new Map<string, SourceLine | undefined>();
const mostPlaces = 20_000;

const rawSites = (_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites;

/**
 * The nearest frame above in the user's own code; undefined when there is none. The same place gives the same object.
 * @param below leaves out this function and those above it
 */
export function userLine(below: (...args: never[]) => unknown = userLine): SourceLine | undefined {
  for (const depth of depths) {
    const sites = callSites(depth, below);
    for (const site of sites) {
      const place = placeOf(site);
      if (place) return place;
    }
    if (sites.length < depth) return undefined;
  }
  return undefined;
}

function callSites(depth: number, below: (...args: never[]) => unknown): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  Error.prepareStackTrace = rawSites;
  Error.stackTraceLimit = depth;
  Error.captureStackTrace(holder, below);
  const sites = holder.stack ?? [];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return sites;
}

function placeOf(site: NodeJS.CallSite): SourceLine | undefined {
  const name = site.getFileName();
  if (!name) return undefined;
  const line = site.getLineNumber() ?? 0;
  const column = site.getColumnNumber() ?? 0;
  const key = `${name}:${line}:${column}`;
  if (places.has(key)) return places.get(key);
  const place = isUserFile(pathOf(name)) ? sourcePlace(name, line, column) : undefined;
  if (places.size >= mostPlaces) places.clear();
  places.set(key, place);
  return place;
}

/** A place in generated code as the place in the source that the user wrote. Lines and columns are from 1. */
export function sourcePlace(name: string, line: number, column: number): SourceLine {
  const found = findSourceMap(name)?.findEntry(line - 1, Math.max(0, column - 1));
  if (!found || !("originalSource" in found) || !found.originalSource) return { file: pathOf(name), line, column };
  return {
    file: pathOf(found.originalSource),
    line: found.originalLine + 1,
    column: found.originalColumn + 1,
  };
}

/** A file URL as a path; other names as they are. */
export function pathOf(name: string): string {
  if (!name.startsWith("file:")) return name;
  try {
    return fileURLToPath(name);
  } catch {
    return name;
  }
}
