/**
 * Builds the parts of one node that know its people, and the hub over them. Each part is handed to whoever needs it;
 * sockets are the other half (realtime.ts).
 * @module
 */
import type { Backplane } from "../backplane/mod.ts";
import type { Database } from "../db/client.ts";
import type { AppendedEvent } from "../db/event_log.ts";
import { createPresenceService, type PresenceService } from "../features/presence/mod.ts";
import type { SocketObserver } from "../lib/socket_observer.ts";
import { Hub } from "./hub.ts";
import { batchReads } from "./people/batched_reads.ts";
import { BlockFence } from "./people/block_fence.ts";
import { Delivery } from "./people/delivery.ts";
import type { Member } from "./people/member.ts";
import { Members } from "./people/members.ts";
import { PersonBus } from "./people/person_bus.ts";
import { PersonEvent } from "./people/person_event.ts";
import { PresenceFeed } from "./people/presence_feed.ts";
import { createPublisher } from "./people/publisher.ts";
import { selectEndedSessions, selectHeads, selectPeople, selectTypingFacts } from "./people/queries.ts";
import { Reconciliation } from "./people/reconciliation.ts";
import { type ReadLog, Replay } from "./people/replay.ts";
import { Staff } from "./people/staff.ts";
import { Typing } from "./people/typing.ts";
import { learnRelation } from "./people/visibility.ts";
import { Counters } from "./stats/counters.ts";
import { Statistics } from "./stats/statistics.ts";

interface PeopleDeps {
  readonly backplane: Backplane;
  readonly database: Pick<Database, "sql">;
  readonly readLog: ReadLog;
  readonly onError: (error: unknown) => void;
  /** Measures. */
  readonly observer?: SocketObserver | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Of presence, ms. */
  readonly heartbeatMs?: number | undefined;
}

/** See {@link createPeople}. */
export interface People {
  readonly hub: Hub;
  readonly counters: Counters;
  readonly members: Members;
  readonly delivery: Delivery;
  readonly presence: PresenceService;
  readonly typing: Typing;
  readonly staff: Staff;
  /** Durable events have been committed: sends them on their way. */
  readonly publish: (events: readonly AppendedEvent[]) => void;
  /** @returns The head of a person's log, as of some moment after the call. */
  readonly readHead: (userId: string) => Promise<number>;
}

/** @returns The parts of one node. Nothing runs before `hub.start`. */
export function createPeople(deps: PeopleDeps): People {
  const { backplane, database, readLog, onError, observer, now, heartbeatMs } = deps;
  const { bus, nodeId } = backplane;
  const { sql } = database;
  const counters = new Counters();
  const members = new Members(bus, counters);
  const personBus = new PersonBus({ bus, members, counters });
  const staff = new Staff();
  const readHeads = (userIds: readonly string[]) => selectHeads(sql, userIds);
  const fence = new BlockFence({ nodeId, bus, members, readHeads });
  const typing = new Typing({
    loadFacts: (conversationId, userId) => selectTypingFacts(sql, conversationId, userId),
    send: (userId, message) => personBus.send(userId, message),
    now,
  });
  const presence = createPresenceService({
    database,
    store: backplane.presence,
    nodeId,
    isShared: backplane.kind === "redis",
    announce: (peerId, event, { data, from }) =>
      personBus.send(peerId, { kind: "event", event: new PersonEvent(event, { data, from }) }),
    held: () => members.held(),
    onError,
    heartbeatMs,
  });
  const presenceFeed = new PresenceFeed({
    readOnline: batchReads((userIds) => presence.visibleTo(userIds), []),
    onError,
  });
  const onEvent = (member: Member, event: PersonEvent) => {
    learnRelation(member, event);
    typing.heard(member, event);
  };
  const onCaughtUp = presenceFeed.begin.bind(presenceFeed);
  const replay = new Replay({ readLog, counters, observer, onEvent, onCaughtUp, onError });
  const delivery = new Delivery({ replay, counters, onEvent });
  const statistics = new Statistics({ nodeId, bus, counters, now });
  const reconciliation = new Reconciliation({
    members,
    delivery,
    loadPeople: (userIds) => selectPeople(sql, userIds),
    loadEndedSessions: (ids) => selectEndedSessions(sql, ids),
    busHealthy: () => bus.healthy,
    onOffline: (held) => void presence.repair(held).catch(onError),
    onRole: (socket) => staff.sort(socket),
    now,
  });
  const readHead = batchReads(readHeads, 0);
  const hub = new Hub({
    bus,
    nodeId,
    personBus,
    counters,
    members,
    delivery,
    fence,
    typing,
    presence,
    presenceFeed,
    staff,
    statistics,
    reconciliation,
    readHead,
    onError,
    now,
  });
  const publish = createPublisher({ personBus, counters, observer });
  return {
    hub,
    counters,
    members,
    delivery,
    presence,
    typing,
    staff,
    publish,
    readHead,
  };
}
