// Finding and fetching libtensorflow: the order of sources is in locate.ts (this machine) and downloads.ts (the network).
// It must not load the library: that is the addon's.
export { LibraryError, describeAttempts } from "./libraryError.js";
export { explainLibrary, locateLibrary } from "./locate.js";
export type { Attempt, LibraryLocation, LibrarySource } from "./location.js";
export { provideLibrary, type LibraryProgress, type ProvideOptions } from "./provide.js";
export { librarySettings, type LibrarySettings } from "./settings.js";
export { cacheFolder } from "../../io/cacheFolder.js";
