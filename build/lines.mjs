// `npm run lines [-- REVISION]`: lines of code per folder, median and largest files, and the change against a revision
// (default: HEAD). Tests are counted apart. Habits, not limits: a file over 500 lines is asked which two ideas it holds.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./steps.mjs";

const counted = /\.(ts|mjs|cjs|cc|h|css)$/;
const git = (...args) =>
  execFileSync("git", args, {
    cwd: repository,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
const linesOf = (text) => text.split("\n").length - 1;

const base = process.argv[2] ?? "HEAD";
const now = new Map(
  git("ls-files", "--cached", "--others", "--exclude-standard")
    .split("\n")
    .filter((file) => counted.test(file) && existsSync(join(repository, file)))
    .map((file) => [file, linesOf(readFileSync(join(repository, file), "utf8"))]),
);
const before = linesAt(base);

const folders = new Map();
for (const [file, lines] of now) {
  const entry = folders.get(folderOf(file)) ?? { files: [], lines: 0 };
  entry.files.push(lines);
  entry.lines += lines;
  folders.set(folderOf(file), entry);
}
const earlier = new Map();
for (const [file, lines] of before) earlier.set(folderOf(file), (earlier.get(folderOf(file)) ?? 0) + lines);

row("folder", "files", "lines", "median", "change");
for (const folder of [...new Set([...folders.keys(), ...earlier.keys()])].sort()) {
  const { files, lines } = folders.get(folder) ?? { files: [], lines: 0 };
  row(folder, files.length, lines, median(files), signed(lines - (earlier.get(folder) ?? 0)));
}
const all = [...now.values()];
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
row("all", all.length, sum(all), median(all), signed(sum(all) - sum([...before.values()])));

console.log("\nlargest files");
for (const [file, lines] of [...now].sort((a, b) => b[1] - a[1]).slice(0, 10)) {
  console.log(`${String(lines).padStart(6)}  ${file}${lines > 500 ? "   (which two ideas does it hold?)" : ""}`);
}

/** A test beside its file is a test; below engine, extension, webview and test a folder is told by two names. */
function folderOf(file) {
  if (/\.test\.ts$/.test(file) && !file.startsWith("test/")) return "(unit tests)";
  const parts = file.split("/");
  return parts.slice(0, Math.min(2, parts.length - 1)).join("/") || ".";
}

function linesAt(revision) {
  let listing;
  try {
    listing = git("ls-tree", "-r", "-z", revision);
  } catch {
    return new Map(); // no such revision yet: everything is new
  }
  const blobs = listing
    .split("\0")
    .map((line) => /^\d+ blob (\w+)\t(.*)$/.exec(line))
    .filter((match) => match && counted.test(match[2]));
  const found = new Map();
  for (const [, hash, file] of blobs) found.set(file, linesOf(git("cat-file", "blob", hash)));
  return found;
}

function row(name, ...cells) {
  console.log(name.padEnd(28) + cells.map((cell) => String(cell).padStart(9)).join(""));
}

function signed(change) {
  return change > 0 ? `+${change}` : String(change);
}

function median(numbers) {
  return numbers.length === 0 ? 0 : [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
