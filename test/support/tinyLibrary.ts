// A wheel and an archive built like the published ones, with libraries of a few hundred kB that nobody can load: enough
// for everything up to the moment when a library would be opened.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "tar";
import type { ArchiveDownload, WheelDownload } from "../../engine/native/library/downloads.js";

export const tinyLibraryBytes = 400_000;
export const tinyFrameworkBytes = 100_000;

const library = Buffer.from(
  Uint32Array.from({ length: tinyLibraryBytes / 4 }, (_, i) => (i * 2654435761) >>> 0).buffer,
);
const framework = Buffer.alloc(tinyFrameworkBytes, "framework");

export interface Tiny<Row> {
  /** Full path of the file that the row describes. */
  readonly file: string;
  readonly row: Row;
}

const row = (file: string) => ({
  platform: "test-x64",
  flavour: "cpu" as const,
  sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
  bytes: readFileSync(file).length,
  unpackedBytes: tinyLibraryBytes + tinyFrameworkBytes,
  tested: true,
});

/** A genuine wheel that pip accepts, in `folder`, with decoys that must not be taken. */
export function tinyWheel(folder: string): Tiny<WheelDownload> {
  const [name, version] = ["gradtape_tiny", "1.2.3"];
  const content = join(folder, "wheel-content");
  mkdirSync(join(content, "tensorflow", "python"), { recursive: true });
  mkdirSync(join(content, `${name}-${version}.dist-info`));
  writeFileSync(join(content, "tensorflow", "libtensorflow_cc.so.2"), library);
  writeFileSync(join(content, "tensorflow", "libtensorflow_framework.so.2"), framework);
  writeFileSync(join(content, "tensorflow", "__init__.py"), "raise SystemExit('imported')\n");
  writeFileSync(join(content, "tensorflow", "python", "libtensorflow_cc.so.2"), "decoy");
  const info = join(content, `${name}-${version}.dist-info`);
  writeFileSync(join(info, "METADATA"), `Metadata-Version: 2.1\nName: gradtape-tiny\nVersion: ${version}\n`);
  writeFileSync(join(info, "WHEEL"), "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
  writeFileSync(join(info, "RECORD"), "");
  const file = join(folder, `${name}-${version}-py3-none-any.whl`);
  execFileSync("python3", ["-m", "zipfile", "-c", file, "tensorflow", `${name}-${version}.dist-info`], {
    cwd: content,
  });
  return { file, row: { ...row(file), kind: "wheel", version, package: "gradtape-tiny", python: "3.11" } };
}

/** A tar.gz with the links of the official one; its row still needs an address. */
export async function tinyArchive(folder: string): Promise<Tiny<ArchiveDownload>> {
  const version = "1.2.4";
  const content = join(folder, "archive-content");
  mkdirSync(join(content, "lib"), { recursive: true });
  mkdirSync(join(content, "include"));
  writeFileSync(join(content, "include", "libtensorflow.so.2"), "decoy");
  for (const [name, bytes] of [
    ["libtensorflow", library],
    ["libtensorflow_framework", framework],
  ] as const) {
    writeFileSync(join(content, "lib", `${name}.so.2.2.4`), bytes);
    symlinkSync(`${name}.so.2.2.4`, join(content, "lib", `${name}.so.2`));
    symlinkSync(`${name}.so.2`, join(content, "lib", `${name}.so`));
  }
  const file = join(folder, "archive.tar.gz");
  await create({ gzip: true, file, cwd: content }, ["./include", "./lib"]);
  return { file, row: { ...row(file), kind: "archive", version, urls: [] } };
}

/** A Python package folder as pip would have installed it, for PYTHONPATH. Importing it is an error. */
export function tinySitePackages(folder: string, version: string): string {
  const sitePackages = join(folder, `site-${version}`);
  mkdirSync(join(sitePackages, "tensorflow"), { recursive: true });
  mkdirSync(join(sitePackages, `tensorflow_cpu-${version}.dist-info`));
  writeFileSync(join(sitePackages, "tensorflow", "__init__.py"), "raise SystemExit('imported')\n");
  writeFileSync(join(sitePackages, "tensorflow", "libtensorflow_cc.so.2"), library);
  writeFileSync(join(sitePackages, "tensorflow", "libtensorflow_framework.so.2"), framework);
  writeFileSync(
    join(sitePackages, `tensorflow_cpu-${version}.dist-info`, "METADATA"),
    `Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: ${version}\n`,
  );
  return sitePackages;
}
