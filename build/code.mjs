// `npm run code`: VS Code with the extension and examples/. The desktop's `code` when it is on the PATH, else a workbench
// in the browser, on the loopback address, until Ctrl+C.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setup } from "./setup.mjs";
import { exitWith, repository, runSteps, StepError } from "./steps.mjs";

await exitWith(async () => {
  const unknown = process.argv.slice(2).filter((word) => word !== "--browser");
  if (unknown.length > 0) {
    console.log(
      "npm run code [-- --browser]: opens examples/ with the extension, in the desktop's VS Code or in a browser",
    );
    return unknown.every((word) => word === "--help" || word === "-h") ? 0 : 1;
  }
  await setup();
  const examples = join(repository, "examples");
  const desktop = onPath(process.platform === "win32" ? "code.cmd" : "code");
  if (desktop !== undefined && !process.argv.includes("--browser")) {
    const args = ["--new-window", `--extensionDevelopmentPath=${repository}`, examples];
    const { error, status } = spawnSync(desktop, args, { stdio: "inherit", shell: process.platform === "win32" });
    if (error) throw new StepError(`code could not be started: ${error.message}`);
    return status ?? 1;
  }
  await import("./typescript.mjs");
  const { workbenchIsThere, installWorkbench } = await import("../test/support/installWorkbench.ts");
  const { serveWorkbench } = await import("../test/support/workbenchServer.ts");
  await runSteps([
    {
      name: "workbench",
      isDone: () => workbenchIsThere({ browser: false }),
      run: (progress) => installWorkbench(progress, { browser: false }),
    },
  ]);
  // Who can open the page has a shell: on a shared machine the loopback address alone would be no protection.
  const password = randomBytes(9).toString("base64url");
  const server = await serveWorkbench({ folder: examples, linked: repository, password });
  console.log(`\nVS Code with Gradtape: http://127.0.0.1:${server.port}/\nPassword: ${password}\nCtrl+C ends it.`);
  // Ctrl+C ends this process, and the server with it.
  await new Promise((resolve) => server.onExit(resolve));
  throw new StepError(`the workbench has ended by itself\n${server.output()}`);
});

function onPath(name) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}
