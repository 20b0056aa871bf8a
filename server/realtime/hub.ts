/**
 * The outgoing half of one node: whoever has something to tell a person, a member of staff or all nodes comes here.
 * It wires members, delivery, presence, typing and the bus together, and holds no rule of its own.
 * @module
 */
import type { Backplane } from "../backplane/mod.ts";
import type { Database } from "../db/client.ts";
import type { AppendedEvent } from "../db/event_log.ts";
import type { LiveStats } from "../features/admin/mod.ts";
import type { SessionsRevoked } from "../features/auth/mod.ts";
import { createPresenceService, type PresenceService } from "../features/presence/mod.ts";
import type { SocketObserver } from "../lib/socket_observer.ts";
import type { EphemeralEventName, EventData } from "../protocol/events.ts";
import { Delivery, type ReadLog } from "./people/delivery.ts";
import { Fence } from "./people/fence.ts";
import { type LoggedFrame, type Member, Phase } from "./people/member.ts";
import { Members } from "./people/members.ts";
import { type PersonNews, readNews, topicOfUser, userOfTopic, writeNews } from "./people/news.ts";
import { selectConversationFacts, selectEndedSessions, selectHeads, selectPeople } from "./people/queries.ts";
import { Patrol } from "./people/reconciliation.ts";
import { Staff } from "./people/staff.ts";
import { Typing } from "./people/typing.ts";
import { Counters } from "./stats/counters.ts";
import { STATS_TOPIC, Statistics } from "./stats/statistics.ts";

/** What the hub stands on. */
export interface HubDeps {
  readonly backplane: Backplane;
  readonly database: Pick<Database, "sql">;
  readonly readLog: ReadLog;
  readonly onError: (error: unknown) => void;
  /** Whoever measures. */
  readonly observer?: SocketObserver | undefined;
  /** @default the machine's clock */
  readonly now?: () => number;
  /** Of presence, ms. */
  readonly heartbeatMs?: number;
}

const STAFF_TOPIC = "staff";

/** See the module. */
export class Hub {
  readonly backplane: Backplane;
  readonly database: Pick<Database, "sql">;
  readonly counters = new Counters();
  readonly members: Members;
  readonly delivery: Delivery;
  readonly presence: PresenceService;
  readonly typing: Typing;
  readonly staff = new Staff();
  readonly onError: (error: unknown) => void;
  readonly observer: SocketObserver | undefined;
  readonly now: () => number;
  readonly #fence: Fence;
  readonly #patrol: Patrol;
  readonly #statistics: Statistics;

  constructor(deps: HubDeps) {
    const { backplane, database, readLog, onError, observer, now = Date.now, heartbeatMs } = deps;
    const { bus, nodeId } = backplane;
    const { sql } = database;
    const { counters } = this;
    this.backplane = backplane;
    this.database = database;
    this.onError = onError;
    this.observer = observer;
    this.now = now;
    this.members = new Members(bus, counters);
    this.typing = new Typing({
      loadFacts: (id) => selectConversationFacts(sql, id),
      tell: (userId, json, from) => this.#pass(userId, { kind: "passing", event: "user_typing", from, json }),
      now,
    });
    const onEvent = (member: Member, frame: LoggedFrame) => this.#onEvent(member, frame);
    const { members } = this;
    this.delivery = new Delivery({ members, bus, readLog, counters, observer, onEvent, onError });
    this.presence = createPresenceService({
      database,
      store: backplane.presence,
      nodeId,
      isShared: backplane.kind === "redis",
      announce: (peerId, event, { data, from }) =>
        this.#pass(peerId, { kind: "passing", event, from, json: JSON.stringify(data) }),
      held: () => members.held(),
      onError,
      heartbeatMs,
    });
    const readHeads = (userIds: readonly string[]) => selectHeads(sql, userIds);
    this.#fence = new Fence({ nodeId, bus, members, readHeads });
    this.#statistics = new Statistics({ nodeId, bus, counters, now });
    this.#patrol = new Patrol({
      members,
      delivery: this.delivery,
      loadPeople: (userIds) => selectPeople(sql, userIds),
      loadEndedSessions: (ids) => selectEndedSessions(sql, ids),
      busHealthy: () => bus.healthy,
      onUnseen: (held) => void this.presence.repair(held).catch(onError),
      onRole: (socket) => this.staff.sort(socket),
      now,
    });
    bus.onMessage((topic, payload) => this.#heard(topic, payload));
    bus.onRestored(() => void this.#patrol.all().catch(onError));
    void bus.subscribe(STAFF_TOPIC);
    void bus.subscribe(STATS_TOPIC);
  }

  /** Durable events have been committed. */
  publish(events: readonly AppendedEvent[]): void {
    this.delivery.publish(events);
  }

  /** Tells every member of staff, on every node. */
  tellStaff<E extends EphemeralEventName>(
    event: E,
    data: EventData<E>,
    { except = "-" }: { except?: string } = {},
  ): void {
    const json = JSON.stringify(data);
    this.staff.tell(event, json, { except });
    this.backplane.bus.publish(STAFF_TOPIC, `${event} ${except} ${json}`);
  }

  /** Sessions have ended: their sockets close, on every node. */
  revoke({ userId, sessionId, reason }: SessionsRevoked): void {
    this.#spread(userId, { kind: "revoked", sessionId, reason });
  }

  /** Closes sockets, `node/socket`, that had to make room for a newer one. */
  evict(userId: string, sockets: readonly string[]): void {
    this.#spread(userId, { kind: "evicted", sockets });
  }

  /**
   * A block between two people has been committed: from the end of this on no node lets anything through that either
   * did before it. A node that hangs, or a Redis that is away, is not waited for longer than 200 ms.
   */
  async part(a: string, b: string): Promise<void> {
    await this.#fence.raise(a, b).catch(this.onError);
  }

  /** The numbers of all nodes. */
  live(): LiveStats {
    return this.#statistics.read();
  }

  /** Once a second. */
  turn(): void {
    const gone = this.members.expire(this.now());
    if (gone.length > 0) void this.presence.left(gone).catch(this.onError);
    this.#statistics.turn();
    this.#patrol.turn().catch(this.onError);
  }

  start(): void {
    this.presence.start();
  }

  async close(): Promise<void> {
    this.typing.close();
    await this.presence.close();
  }

  /** Carries news to this node's sockets, then to the others. */
  #spread(userId: string, news: PersonNews): void {
    const member = this.members.get(userId);
    if (member) this.#apply(member, news);
    this.backplane.bus.publish(topicOfUser(userId), writeNews(news));
    this.counters.busOut++;
  }

  #pass(userId: string, news: Extract<PersonNews, { kind: "passing" }>): void {
    this.#spread(userId, news);
  }

  /** A node of another version may say what we do not understand. */
  #heard(topic: string, payload: string): void {
    this.counters.busIn++;
    try {
      this.#understand(topic, payload);
    } catch (error) {
      this.onError(error);
    }
  }

  #understand(topic: string, payload: string): void {
    if (topic === STATS_TOPIC) {
      this.#statistics.heard(payload);
    } else if (topic === STAFF_TOPIC) {
      const [, event = "", except = "", json = "{}"] = /^(\S+) (\S+) (.*)$/s.exec(payload) ?? [];
      this.staff.tell(event, json, { except });
    } else if (topic === this.#fence.topic) {
      this.#fence.confirmed(payload);
    } else {
      const member = this.members.get(userOfTopic(topic) ?? "");
      const news = member && readNews(payload);
      if (news) this.#apply(member, news);
    }
  }

  #apply(member: Member, news: PersonNews): void {
    switch (news.kind) {
      case "logged":
        this.delivery.deliver(member, news);
        return;
      case "passing":
        this.#show(member, news);
        return;
      case "fenced":
        this.#fence.heard(member, news);
        return;
      case "revoked":
        for (const socket of member.sockets) {
          if (news.sessionId !== null && socket.sessionId !== news.sessionId) continue;
          socket.close(news.reason === "sanction" ? "SANCTIONED" : "LOGGED_OUT");
        }
        return;
      case "evicted": {
        const mine = `${this.backplane.nodeId}/`;
        for (const socket of member.sockets) {
          if (news.sockets.includes(mine + socket.id)) socket.close("CONNECTED_ELSEWHERE");
        }
      }
    }
  }

  #show(member: Member, { event, from, json }: Extract<PersonNews, { kind: "passing" }>): void {
    if (member.hides(from)) return;
    if (event === "user_typing" && !this.typing.arrived(member, json, from)) return;
    for (const socket of member.sockets) {
      if (socket.phase === Phase.Live) socket.offer(socket.codec.event(event, json));
    }
  }

  /** A block acts here the moment it is heard of, whatever is still on its way. */
  #onEvent(member: Member, frame: LoggedFrame): void {
    if (frame.event !== "conversation_updated") return;
    const { user_id, status } = JSON.parse(frame.json) as { user_id: string; status: string };
    const known = member.verdicts?.get(user_id);
    if (!known || known.seq < frame.seq) {
      member.verdicts ??= new Map();
      member.verdicts.set(user_id, { seq: frame.seq, hidden: status === "blocked" });
      if (status !== "blocked") member.unfence(user_id);
    }
    this.typing.changed(member, frame);
  }
}
