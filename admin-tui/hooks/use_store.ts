/**
 * A store's state in a component.
 * @module
 */
import { useSyncExternalStore } from "react";
import type { Store } from "../desk/store.ts";

/** @returns The state; the component is drawn again when it changes. */
export function useStore<State>(store: Pick<Store<State, never>, "get" | "subscribe">): State {
  return useSyncExternalStore(store.subscribe, store.get);
}
