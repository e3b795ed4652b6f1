// `npm start`: sets up what is missing, then trains and tests the MNIST example in the terminal. Arguments go to the
// example: `npm start -- --epochs 1`.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { setup } from "./setup.mjs";
import { exitWith, repository } from "./steps.mjs";

await exitWith(async () => {
  await setup();
  const cli = join(repository, "dist", "engine", "cli.js");
  const example = join("examples", "mnist.ts");
  const code = await run(process.execPath, [cli, "train", example, ...process.argv.slice(2)]);
  if (code === 0)
    console.log(`\nThe same example in VS Code: npm run code, open ${example}, and press Train above \`train\`.`);
  return code;
});

/** Runs in this terminal. Ctrl+C reaches the child by itself: it saves a checkpoint and ends, and so does this. */
function run(command, args) {
  const ignore = () => {};
  process.on("SIGINT", ignore);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: repository, stdio: "inherit" });
    process.on("SIGTERM", () => child.kill("SIGTERM"));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
