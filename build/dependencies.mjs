// Installs the npm packages when what lies in node_modules is not what package-lock.json asks for.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository, runLogged } from "./steps.mjs";

/** Compares with the list that npm itself leaves in node_modules at the end of an installation. */
export function dependenciesAreThere() {
  const hidden = join(repository, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")).packages;
  const have = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    // Other platforms' packages are listed and not installed.
    if (path === "" || entry.optional || entry.devOptional || entry.peer) return true;
    return have[path]?.version === entry.version && have[path]?.integrity === entry.integrity;
  });
}

export async function installDependencies(progress) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  let fetched = 0;
  const count = (line) => {
    if (line.includes("http fetch")) progress(`${++fetched} fetched`);
  };
  await runLogged("npm-ci", npm, ["ci", "--loglevel=http"], { onLine: count });
}
