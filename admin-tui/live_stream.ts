/**
 * The live stream as the dashboard needs it: what happened, and whether the stream is open. An interface, and its
 * implementation over the project's own socket client.
 * @module
 */
import { type ClientOptions, createClient } from "../client/mod.ts";
import type { EventData } from "../server/protocol/events.ts";
import type { Stats } from "./wire.ts";

/** One event of the stream. */
export type LiveEvent =
  | { readonly type: "up" }
  /** The stream broke off; the client tries again by itself after so many ms. */
  | { readonly type: "down"; readonly retryInMs: number }
  /** For good: the session is over, or the account has no access. */
  | { readonly type: "closed"; readonly code: number }
  | { readonly type: "stats"; readonly stats: Stats }
  | { readonly type: "report_created"; readonly data: EventData<"report_created"> }
  | { readonly type: "report_updated"; readonly data: EventData<"report_updated"> }
  | { readonly type: "block_created"; readonly data: EventData<"block_created"> };

/** A source of live events. */
export interface LiveStream {
  /** Begins to listen. @returns What ends it. */
  open(listener: (event: LiveEvent) => void): () => void;
}

/** Between two attempts at most, ms: a moderator is waiting. */
const MAX_DELAY_MS = 5_000;

/** @returns The stream of a server. */
export function socketStream(options: Pick<ClientOptions, "url" | "token">): LiveStream {
  return {
    open(listener) {
      const client = createClient({
        ...options,
        maxDelayMs: MAX_DELAY_MS,
        minDelayMs: 500,
        onError: () => {},
      });
      client.onConnection(({ state, code = 1006, delayMs = 0 }) => {
        if (state === "live") {
          client.watchStats(true);
          listener({ type: "up" });
        } else if (state === "waiting") {
          listener({ type: "down", retryInMs: delayMs });
        } else if (state === "closed") {
          listener({ type: "closed", code });
        }
      });
      client.on("admin_stats", (data) => listener({ type: "stats", stats: data as unknown as Stats }));
      client.on("report_created", (data) => listener({ type: "report_created", data }));
      client.on("report_updated", (data) => listener({ type: "report_updated", data }));
      client.on("block_created", (data) => listener({ type: "block_created", data }));
      return () => client.close();
    },
  };
}
