/**
 * The live screen without its picture: it listens, and holds still when told to.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import type { Handlers, Screen } from "../../desk/screen.ts";
import { createStore, type Store } from "../../desk/store.ts";
import { INITIAL_LIVE, type LiveAction, type LiveState, reduceLive } from "./state.ts";

/** The live screen. */
export interface LiveScreen extends Screen {
  readonly store: Store<LiveState, LiveAction>;
}

/** @returns The screen. */
export function createLive(desk: Desk): LiveScreen {
  const store = createStore(reduceLive, INITIAL_LIVE);
  async function refresh(): Promise<void> {
    try {
      store.dispatch({ type: "sampled", stats: await desk.api.stats() });
    } catch (error) {
      desk.tell("Cannot read the numbers", error);
    }
  }
  const keys: Handlers<"live"> = {
    freeze() {
      store.dispatch({ type: "frozen" });
      desk.say("info", store.get().frozen ? "Frozen: p goes on" : "Live again");
    },
  };
  return {
    name: "live",
    store,
    keys: { live: keys },
    enter: () => void (store.get().samples.length === 0 && refresh()),
    refresh: () => void refresh(),
    onLive(event) {
      if (event.type === "stats") store.dispatch({ type: "sampled", stats: event.stats });
    },
  };
}
