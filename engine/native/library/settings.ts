// What the provisioning depends on, in one record: the defaults are this machine's, the tests give others.
import { join } from "node:path";
import { cacheFolder } from "../../io/cacheFolder.js";
import { libraryDownloads, type LibraryDownload } from "./downloads.js";

export interface LibrarySettings {
  /** Holds GRADTAPE_LIBTENSORFLOW and PATH; handed to python and pip. */
  readonly environment: NodeJS.ProcessEnv;
  /** Libraries, downloads and answers are kept in here. */
  readonly folder: string;
  /** E.g. "linux-x64". */
  readonly platform: string;
  readonly downloads: readonly LibraryDownload[];
  /** The Python that is asked for an installed TensorFlow and for pip. */
  readonly python: string;
  /** A lock not refreshed for this long is taken over. */
  readonly lockStaleMs: number;
}

export function librarySettings(changes: Partial<LibrarySettings> = {}): LibrarySettings {
  const environment = changes.environment ?? process.env;
  return {
    environment,
    folder: join(cacheFolder(environment), "libtensorflow"),
    platform: `${process.platform}-${process.arch}`,
    downloads: libraryDownloads,
    python: "python3",
    lockStaleMs: 10_000,
    ...changes,
  };
}

/** The rows of the table for this platform, in their order. */
export function downloadsHere(settings: LibrarySettings): readonly LibraryDownload[] {
  return settings.downloads.filter(({ platform }) => platform === settings.platform);
}
