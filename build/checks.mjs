// The checks that run no program of ours: types, lint, format. Each is one step of `npm test` and of `npm run check`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { clangFormat } from "./clangFormat.mjs";
import { repository } from "./steps.mjs";

const tool =
  (path, ...args) =>
  () =>
    run(process.execPath, [join(repository, "node_modules", path), ...args]);

/** @type {readonly { name: string, run: () => Promise<boolean | "skipped"> }[]} */
export const checks = [
  { name: "types", run: tool("typescript/bin/tsc", "-b", "--pretty") },
  {
    name: "lint",
    run: tool("eslint/bin/eslint.js", ".", "--max-warnings", "0", "--cache", "--cache-location", ".cache/eslint"),
  },
  {
    name: "format",
    run: tool(
      "prettier/bin/prettier.cjs",
      "--check",
      ".",
      "--log-level",
      "warn",
      "--cache",
      "--cache-location",
      ".cache/prettier",
    ),
  },
  { name: "format of C++", run: () => clangFormat({ write: false }) },
];

/** Runs a program in this terminal; true when it ended well. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: repository, stdio: ["ignore", "inherit", "inherit"], ...options });
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}
