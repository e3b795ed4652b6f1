// "gradtape/tfjs" as a user imports it: tensorflow.js on Gradtape's addon, tensors across without a copy.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../dist/engine/cli.js", import.meta.url));

const program = `import { F, nn, randn, tensor } from "gradtape";
import { fromTfjs, tf, toTfjs } from "gradtape/tfjs";

const x = tensor([[1, 2], [3, 4]]);
const doubled = toTfjs(x).mul(2);
console.log(doubled.arraySync());
console.log(fromTfjs(doubled).matmul(x));
const y = new nn.Conv2d(1, 2, 3).forward(randn([1, 1, 5, 5]));
console.log(toTfjs(y).shape, F.relu(fromTfjs(tf.ones([2]))).toArray(), tf.getBackend());
try { toTfjs(tensor([1], { dtype: "float64" })); } catch (error) { console.log(String(error)); }
`;

describe("gradtape/tfjs", function () {
  this.timeout(60_000);

  it("computes on the same tensors", () => {
    const folder = mkdtempSync(join(tmpdir(), "gradtape-tfjs-"));
    try {
      writeFileSync(join(folder, "both.ts"), program);
      const { stdout, stderr, status } = spawnSync(process.execPath, [command, "run", "both.ts"], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^\[ \[ 2, 4 \], \[ 6, 8 \] \]$/m);
      assert.match(stdout, /tensor\(\[\[14\., 20\.\],\n {8}\[30\., 44\.\]\]\)/);
      assert.match(stdout, /^\[ 1, 2, 3, 3 \] \[ 1, 1 \] tensorflow$/m);
      assert.match(stdout, /^DTypeError: toTfjs: expected float32/m);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
