/**
 * What moderation tells real time: events that only members of staff get, published by features after their commit and
 * sent to staff's sockets on every node. Nothing is kept: whoever missed one reads the list again.
 * @module
 */

import type { Emitter } from "../lib/emitter.ts";
import type { EventData } from "../protocol/events.ts";

/** Those of the catalogue that only staff receive, but for the statistics. */
export type StaffEventName = "report_created" | "report_updated" | "block_created";

/** One published event. */
export type StaffEvent = {
  [E in StaffEventName]: {
    readonly event: E;
    readonly data: EventData<E>;
    /** User id of the person whom it is about: it never reaches their sockets, should they be staff. */
    readonly except?: string;
  };
}[StaffEventName];

/** Where features publish and real time subscribes. */
export type StaffEvents = Emitter<StaffEvent>;
