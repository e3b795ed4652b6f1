// How the parts of nn reach into a module without taking names from its class: keys that a user's field cannot collide with.
import type { ModuleHooks } from "./moduleHooks.js";

/** What a module holds by name: its own fields, or in a container its entries. */
export const members = Symbol("members");
/** Puts another value in a member's place. */
export const setMember = Symbol("setMember");
/** The modules among the members, one named twice twice. */
export const ownModules = Symbol("ownModules");
export const internals = Symbol("internals");

/** What a module keeps beside its fields. */
export interface Internals {
  /** Names of the members that are buffers, and whether each goes into the state dict. */
  readonly buffers: Map<string, boolean>;
  readonly hooks: ModuleHooks;
  /** Names of the members that were parameters when it was last looked at; undefined before the first look. */
  parameters: ReadonlySet<string> | undefined;
  /** Its name from the root, as the last observed call found it. */
  path: string;
}

/** "features" and "0" as "features.0". */
export const joined = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);
