/**
 * Sends durable events on their way after their commit: to this node's sockets and to the other nodes.
 * @module
 */
import type { AppendedEvent } from "../../db/event_log.ts";
import type { SocketObserver } from "../../lib/socket_observer.ts";
import type { Counters } from "../stats/counters.ts";
import type { PersonBus } from "./person_bus.ts";
import { PersonEvent } from "./person_event.ts";

interface PublisherDeps {
  readonly personBus: PersonBus;
  readonly counters: Counters;
  readonly observer?: SocketObserver | undefined;
}

/** @returns The function that publishes; called with what one transaction or batch has appended. */
export function createPublisher({ personBus, counters, observer }: PublisherDeps) {
  return function publish(appended: readonly AppendedEvent[]): void {
    for (const one of appended) {
      if (isOwnMessage(one)) {
        counters.sent++;
        observer?.onStored(one.data.seq);
      }
      const event = new PersonEvent(one.event, { data: one.data, seq: one.seq, at: storedAt(one) });
      personBus.send(one.userId, { kind: "event", event });
    }
  };
}

/** Each message has two events; the sender's counts. */
function isOwnMessage(event: AppendedEvent): event is AppendedEvent<"new_message"> {
  return event.event === "new_message" && (event.data as { sender_id: string }).sender_id === event.userId;
}

/** Latency is measured on new messages; a request's message was written long before it is placed. */
function storedAt({ event, data }: AppendedEvent): number {
  if (event !== "new_message") return 0;
  const { created_at, is_request } = data as { created_at: string; is_request: boolean };
  return is_request ? 0 : Date.parse(created_at);
}
