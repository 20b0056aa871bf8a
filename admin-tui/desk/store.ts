/**
 * State that lives outside of React: keys are handled in the order in which they were pressed, several of them in
 * one chunk of input, and each must see what the one before has done.
 * @module
 */

/** Holds one state and tells when it has changed. */
export interface Store<State, Action> {
  get(): State;
  dispatch(action: Action): void;
  /** @returns What ends the subscription. */
  subscribe(listener: () => void): () => void;
}

/** @param reduce Pure: the state after an action. The same state back means that nothing has changed. */
export function createStore<State, Action>(
  reduce: (state: State, action: Action) => State,
  initial: State,
): Store<State, Action> {
  const listeners = new Set<() => void>();
  let state = initial;
  return {
    get: () => state,
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
