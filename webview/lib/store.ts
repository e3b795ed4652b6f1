// One value and those who want to know when it changes. Knows neither drawing nor messages.

export interface Store<State> {
  readonly get: () => State;
  /** Replaces the state; listeners hear only when it is another object. */
  readonly update: (change: (state: State) => State) => void;
  readonly subscribe: (listener: (state: State) => void) => () => void;
}

export function createStore<State>(initial: State): Store<State> {
  let state = initial;
  const listeners = new Set<(state: State) => void>();
  return {
    get: () => state,
    update: (change) => {
      const next = change(state);
      if (Object.is(next, state)) return;
      state = next;
      for (const listener of listeners) listener(state);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
