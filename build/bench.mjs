// `npm run bench [-- NAME [options]]`: one benchmark of test/bench, or the ones of the README in turn.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setup } from "./setup.mjs";
import { repository } from "./steps.mjs";

const usual = ["mnist", "smallOp", "memory", "firstStep"];
const [name, ...options] = process.argv.slice(2);
const names = name === undefined || name.startsWith("-") ? usual : [name];
const rest = name?.startsWith("-") ? [name, ...options] : options;

await setup();
let failed = 0;
for (const bench of names) {
  const file = join(repository, "test", "bench", `${bench}.mjs`);
  if (!existsSync(file)) {
    console.error(`bench: expected one of ${usual.join(", ")}, …: no ${file}`);
    process.exit(1);
  }
  console.log(`\n${bench}`);
  failed += spawnSync(process.execPath, [file, ...rest], { stdio: "inherit" }).status === 0 ? 0 : 1;
}
process.exit(failed === 0 ? 0 : 1);
