// Mocha's usual report, and at the end the numbers in the file that COUNTS_FILE names: build/test.mjs adds them up.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(process.env.COUNTS_FILE, JSON.stringify({ passes, failures, pending }));
    });
  }
};
