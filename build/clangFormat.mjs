// Formats the native sources where clang-format is installed (it is no npm package): `node build/clangFormat.mjs`.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow } from "./stamps.mjs";
import { repository } from "./steps.mjs";

/** True when all is well; "skipped" where there is no clang-format. */
export function clangFormat({ write }) {
  const files = filesBelow(
    ["engine/native"],
    (path) => /\.(cc|h)$/.test(path) && !path.startsWith("engine/native/build/"),
  );
  const mode = write ? ["-i"] : ["--dry-run", "--Werror"];
  const { error, status } = spawnSync("clang-format", [...mode, ...files], { cwd: repository, stdio: "inherit" });
  return error ? "skipped" : status === 0;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const result = clangFormat({ write: true });
  if (result === "skipped") console.log("clang-format is not installed: native sources are left as they are");
  process.exitCode = result === false ? 1 : 0;
}
