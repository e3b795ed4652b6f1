// What user programs import by type: the run, its options and what they may hold.
export type { CheckpointPart, CheckpointParts, Stateful } from "./checkpointParts.js";
export type {
  BoolOption,
  CheckpointOption,
  ChoiceOption,
  FloatOption,
  IntOption,
  Option,
  OptionsOf,
  OptionSpec,
  PathOption,
  StringOption,
} from "./options.js";
export type { Loggable } from "./loggable.js";
export type { CheckpointOptions, Run, Start } from "./run.js";
export type { Loader, Tracked, TrackOptions } from "./track.js";
