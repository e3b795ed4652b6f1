// Threads of a run: the flag, the environment, the record, and the hint to runs that crowd each other.
import assert from "node:assert/strict";
import { join } from "node:path";
import { readRun } from "../../engine/runs/index.js";
import { commandFile, gradtape, start, workspace, type Workspace } from "./program.js";

const program = `
import { getNumThreads, ones, setNumThreads, type Run } from "gradtape";
export function train(run: Run) {
  console.log("threads", getNumThreads());
  ones([1]);
  try {
    setNumThreads(3);
  } catch (error) {
    console.log(error.message);
  }
}
export async function test(run: Run) {
  console.log("waiting");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
`;

describe("threads of a run", function () {
  this.timeout(60_000);
  let at: Workspace;
  before(commandFile);
  beforeEach(() => (at = workspace({ "threads.ts": program })));
  afterEach(() => at.remove());

  it("are chosen by a flag, else by OMP_NUM_THREADS, and stand in the record", async () => {
    const environment = { OMP_NUM_THREADS: "2" };
    const byFlag = await gradtape(at, ["train", "threads.ts", "--threads", "1"], { environment });
    assert.match(byFlag.stdout, /^threads 1$/m);
    assert.match(byFlag.stdout, /setNumThreads: expected to be called before the first tensor .*OMP_NUM_THREADS=3/);
    assert.equal(readRun(at.runFolders()[0])?.threads, 1);
    const byEnvironment = await gradtape(at, ["train", "threads.ts"], { environment });
    assert.match(byEnvironment.stdout, /^threads 2$/m);
    assert.equal(byEnvironment.stderr, "");
  });

  it("are told when several runs want more than there are cores", async () => {
    const other = await start(at, ["test", "threads.ts", "--threads", "600"]);
    await other.saw("waiting");
    const { stderr } = await gradtape(at, ["train", "threads.ts", "--threads", "600"]);
    assert.match(stderr, /^hint: 2 runs want 1200 threads on \d+ cores .* --threads \d+ \(or OMP_NUM_THREADS=\d+\)$/m);
    other.process.kill("SIGKILL");
    await other.ended;
    const alone = await gradtape(at, ["train", "threads.ts", "--threads", "600"]);
    assert.equal(alone.stderr, "", join(at.folder, "threads.ts"));
  });
});
