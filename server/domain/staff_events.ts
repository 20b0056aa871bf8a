/**
 * The doorbell between moderation and real time: features publish after their commit, the socket layer
 * subscribes. In this process only, nothing kept; whoever missed an event reads the list again.
 * @module
 */

import type { EventData } from "../protocol/events.ts";

/** The events of {@link StaffEvents}: those of the catalogue that only staff receive, but for the statistics. */
export type StaffEventName = "report_created" | "report_updated" | "block_created";

/** One published event. */
export type StaffEvent = {
  [E in StaffEventName]: {
    readonly event: E;
    readonly data: EventData<E>;
    /** A member of staff who must not receive it, because it is about them. */
    readonly except?: string;
  };
}[StaffEventName];

/** Where features publish and real time subscribes. */
export interface StaffEvents {
  /**
   * Tells every subscriber; a failing one stops nobody else. Call it after the commit (`work.after`).
   * @param options.except User id of the person that the event is about: it never reaches their sockets.
   */
  publish<E extends StaffEventName>(event: E, data: EventData<E>, options?: { except?: string }): void;
  /** @returns The function that ends the subscription. */
  subscribe(listener: (event: StaffEvent) => void): () => void;
}

/**
 * @param onError Hears what a listener threw.
 *
 * @example
 * ```ts
 * const staffEvents = createStaffEvents();
 * staffEvents.subscribe(({ event, data, except }) => hub.toStaff(event, data, { except }));
 * staffEvents.publish("report_created", { report_id, reported_id, reason }, { except: reported_id });
 * ```
 */
export function createStaffEvents(onError: (error: unknown) => void = () => {}): StaffEvents {
  const listeners = new Set<(event: StaffEvent) => void>();
  return {
    publish(event, data, options = {}) {
      for (const listener of listeners) {
        try {
          listener({ event, data, ...options } as StaffEvent);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
