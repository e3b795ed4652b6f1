// The table of published libraries: a new version, platform or flavour (CUDA) is a row. It must not know how a row is fetched.

interface DownloadRow {
  /** E.g. "linux-x64": Node's platform and arch. */
  readonly platform: string;
  readonly flavour: "cpu";
  readonly version: string;
  /** Of the file that is fetched. */
  readonly sha256: string;
  /** Bytes of the file that is fetched; undefined where they are not known beforehand. */
  readonly bytes: number | undefined;
  /** Bytes of the libraries in it; a bound where not exactly known. */
  readonly unpackedBytes: number;
  /** Whether Gradtape's tests run with it. */
  readonly tested: boolean;
}

/** A tar.gz at an address. */
export interface ArchiveDownload extends DownloadRow {
  readonly kind: "archive";
  readonly urls: readonly string[];
}

/** A wheel that pip finds, on whichever index the user has configured. */
export interface WheelDownload extends DownloadRow {
  readonly kind: "wheel";
  /** The package's name; its version is the row's. */
  readonly package: string;
  /** The Python version that the wheel is for: newer Pythons have none. It is only unpacked, never run. */
  readonly python: string;
}

export type LibraryDownload = ArchiveDownload | WheelDownload;

const MiB = 2 ** 20;

/** Tried in this order on each platform. */
export const libraryDownloads: readonly LibraryDownload[] = [
  {
    kind: "archive",
    platform: "linux-x64",
    flavour: "cpu",
    version: "2.18.0",
    urls: ["https://storage.googleapis.com/tensorflow/versions/2.18.0/libtensorflow-cpu-linux-x86_64.tar.gz"],
    sha256: "605bfcb370c7e7ec981eabada880f60784e3de018395be95c95c3e5592c3d9a2",
    bytes: undefined,
    unpackedBytes: 700 * MiB,
    tested: false,
  },
  {
    kind: "wheel",
    platform: "linux-x64",
    flavour: "cpu",
    version: "2.18.1",
    package: "tensorflow-cpu",
    python: "3.11",
    sha256: "810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298",
    bytes: 230_236_181,
    unpackedBytes: 682_569_648,
    tested: true,
  },
  {
    kind: "wheel",
    platform: "linux-arm64",
    flavour: "cpu",
    version: "2.18.1",
    package: "tensorflow",
    python: "3.11",
    sha256: "8a6485edd2148f70d011dbd1d8dc2c775e91774a5a159466e83d0d1f21580944",
    bytes: 231_937_898,
    unpackedBytes: 766_226_496,
    tested: false,
  },
  {
    kind: "wheel",
    platform: "darwin-arm64",
    flavour: "cpu",
    version: "2.18.1",
    package: "tensorflow",
    python: "3.11",
    sha256: "661029cd769b311db910b79a3a6ef50a5a61ecc947172228c777a49989722508",
    bytes: 239_549_037,
    unpackedBytes: 655_268_476,
    tested: false,
  },
];

/** An installed Python TensorFlow counts only in these versions. */
export const testedPythonVersions: readonly string[] = ["2.15.1", "2.18.0", "2.18.1"];

/** What a row is called in messages. */
export function describeDownload(download: LibraryDownload): string {
  return download.kind === "archive"
    ? `official archive ${download.version}`
    : `wheel ${download.package} ${download.version}`;
}

/** The folder of a row's libraries below the cache's `libtensorflow`. */
export function folderName(download: LibraryDownload): string {
  return `${download.version}-${download.flavour}`;
}
