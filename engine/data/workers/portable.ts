// How an object tells what it takes to make it again in another thread. Structured clone loses classes and private
// fields; public fields are copied without being asked, so only classes with private state need this.

/** The name that errors show, and the value. */
export type Argument = readonly [name: string, value: unknown];

/**
 * The method under this symbol gives the arguments with which the constructor makes an equal object. A user's subclass
 * inherits it: its own public fields are copied on top, its constructor is not called.
 */
export const constructorArguments: unique symbol = Symbol.for("gradtape.constructorArguments") as never;

export interface Portable {
  [constructorArguments](): readonly Argument[];
}
