// What a person sees while a program trains: a bar on a terminal that the program's own output does not tear, plain lines
// in a pipe.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { commandFile, follow, gradtape, workspace, type Workspace } from "./program.js";

const eraseToRight = "\x1b[K";
/** Stands for it while a screen is played: a letter that no program here prints. */
const eraseMark = "⌫";

const program = `import type { OptionSpec, Run } from "gradtape";
export const options = { slow: { type: "int", default: 0 } } satisfies OptionSpec;
export async function train(run: Run<typeof options>) {
  for (let epoch = 1; epoch <= 2; epoch++) {
    for (const n of run.track([1, 2, 3, 4], { epoch, epochs: 2 })) {
      const until = Date.now() + run.options.slow;
      while (Date.now() < until);
      run.log({ loss: 1 / (n + epoch) });
      if (n === 2) console.log("said in epoch " + epoch);
    }
    for (const n of run.track([1, 2], { phase: "test" })) run.log({ accuracy: n });
    run.log({ testLoss: 5 });
    console.log("accuracy: 95.8 %");
  }
}
`;

const steps = `import type { OptionSpec, Run } from "gradtape";
export const options = { slow: { type: "int", default: 0 } } satisfies OptionSpec;
export async function train(run: Run<typeof options>) {
  for (let step = 1; step <= 6; step++) {
    const loss = run.step(() => {
      const until = Date.now() + run.options.slow;
      while (Date.now() < until);
      return 1 / step;
    });
    run.log({ loss });
    // measure
  }
}
`;

describe("what a run shows", function () {
  this.timeout(60_000);
  let at: Workspace;
  before(async () => {
    await commandFile();
    at = workspace({ "train.ts": program });
  });
  after(() => at.remove());

  it("is plain lines in a pipe, and nothing twice", async () => {
    const { code, stdout, stderr } = await gradtape(at, ["train", "train.ts", "--slow", "150"]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    const masked = stdout.replace(/\d+(\.\d+)? steps\/s/g, "N steps/s").replace(/runs\/\S+/, "runs/ID");
    assert.equal(
      masked,
      `said in epoch 1
epoch 1/2  4/4  loss 0.2000  N steps/s
accuracy: 95.8 %
said in epoch 2
epoch 2/2  4/4  loss 0.1667  N steps/s
accuracy: 95.8 %
train.ts › train finished: .gradtape/runs/ID
`,
    );
  });

  it("is a line every two seconds when an epoch takes longer", async () => {
    at.write("long.ts", program.replace("epoch <= 2", "epoch <= 1").replace("epochs: 2", "epochs: 1"));
    const { stdout } = await gradtape(at, ["train", "long.ts", "--slow", "1050"]);
    const lines = stdout.split("\n").filter((line) => line.startsWith("epoch 1/1"));
    assert.deepEqual(
      lines.map((line) => line.split("  ")[1]),
      ["3/4", "4/4"],
    );
  });

  it("is a line every two seconds for steps without a loader, and a last one", async () => {
    at.write("steps.ts", steps);
    const { stdout, stderr } = await gradtape(at, ["train", "steps.ts", "--slow", "750"]);
    assert.equal(stderr, "");
    const masked = stdout.replace(/\d+(\.\d+)? steps\/s/g, "N steps/s").replace(/runs\/\S+/, "runs/ID");
    assert.equal(
      masked,
      `step 4  loss 0.3333  N steps/s
step 6  loss 0.1667  N steps/s
steps.ts › train finished: .gradtape/runs/ID
`,
    );
    const short = await gradtape(at, ["train", "steps.ts"]);
    assert.match(short.stdout, /^step 6 {2}loss 0\.1667/, "a short one has its last line too");
  });

  it("has the last line of steps that are measured in between", async () => {
    const measure = `if (step % 3 === 0) for (const n of run.track([1], { phase: "test" })) run.log({ accuracy: n });`;
    at.write("steps.ts", steps.replace("// measure", measure));
    const { stdout } = await gradtape(at, ["train", "steps.ts", "--slow", "20"]);
    assert.match(stdout, /^step 6 {2}loss 0\.1667 .*\nsteps\.ts › train finished: .*\n$/);
  });

  it("ends quietly when nobody reads on", async () => {
    at.write("long.ts", `for (let i = 0; i < 200_000; i++) console.log("line", i);`);
    const piped = `"${process.execPath}" "${await commandFile()}" run long.ts | head -1`;
    const { stdout, stderr } = spawnSync("sh", ["-c", piped], { cwd: at.folder, encoding: "utf8" });
    assert.deepEqual([stdout, stderr], ["line 0\n", ""]);
  });

  it("is a bar on a terminal, drawn over, with whole lines of the program between", async () => {
    const screen = await onTerminal(["train", "train.ts", "--slow", "120"]);
    assert.match(screen.raw.replaceAll(eraseToRight, "<erase>"), /\r.*[█░]{24}.*<erase>/, "a bar was drawn in place");
    assert.match(screen.raw, /epoch 1\/2 {2}█+░+ {2}\d\/4 .*steps\/s/);
    const lines = screen.lines.map((line) =>
      line.replace(/\d+(\.\d+)? steps\/s/g, "N steps/s").replace(/runs\/\S+/, "runs/ID"),
    );
    const full = "█".repeat(24);
    assert.deepEqual(lines, [
      "said in epoch 1",
      `epoch 1/2  ${full}  4/4  loss 0.2000  N steps/s`,
      "accuracy: 95.8 %",
      "said in epoch 2",
      `epoch 2/2  ${full}  4/4  loss 0.1667  N steps/s`,
      "accuracy: 95.8 %",
      "train.ts › train finished: .gradtape/runs/ID",
    ]);
  });

  it("is a bar that only moves for steps without a loader", async () => {
    at.write("steps.ts", steps);
    const screen = await onTerminal(["train", "steps.ts", "--slow", "150"]);
    const drawn = [...screen.raw.matchAll(/\r([█░]{24}) {2}step \d/g)].map(([, bar]) => bar);
    assert.ok(new Set(drawn).size >= 3, screen.raw);
    for (const bar of drawn) assert.equal(bar.replaceAll("░", ""), "█".repeat(6));
    assert.match(screen.lines[0], /^step 6 {2}loss 0\.1667 {2}\d+(\.\d+)? steps\/s$/);
    assert.equal(screen.lines.length, 2);
  });

  it("does not wrap on a narrow terminal", async () => {
    const { lines } = await onTerminal(["train", "train.ts", "--slow", "120"], 30);
    for (const line of lines.filter((text) => text.startsWith("epoch"))) assert.ok(Array.from(line).length <= 29, line);
  });

  /** Runs under a pseudo terminal; gives its bytes, and the lines that stand on the screen at the end. */
  async function onTerminal(args: readonly string[], columns = 100): Promise<{ raw: string; lines: string[] }> {
    const quoted = [process.execPath, await commandFile(), ...args].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qec", `stty cols ${columns}; ${quoted}`, "/dev/null"], {
      cwd: at.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { code, stdout } = await follow(child).ended;
    assert.equal(code, 0, stdout);
    return { raw: stdout, lines: screenLines(stdout) };
  }
});

/** Plays a terminal's carriage returns and line ends; "erase to the right" is the only escape that is expected. */
function screenLines(raw: string): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let at = 0;
  for (const token of raw.replaceAll(eraseToRight, eraseMark).match(/\r\n|[^]/gu) ?? []) {
    if (token === eraseMark) line.length = at;
    else if (token === "\r") at = 0;
    else if (token === "\n" || token === "\r\n") {
      lines.push(line.join("").trimEnd());
      line = [];
      at = 0;
    } else line[at++] = token;
  }
  return line.length > 0 ? [...lines, line.join("")] : lines;
}
