/**
 * Tells people, staff and the other nodes things: everything that another part of the process wants to reach sockets
 * with enters here, and everything that the bus brings is handed to the part that acts on it.
 * @module
 */
import type { Bus } from "../backplane/mod.ts";
import type { LiveStats } from "../features/admin/mod.ts";
import type { SessionsRevoked } from "../features/auth/mod.ts";
import type { PresenceService } from "../features/presence/mod.ts";
import type { EphemeralEventName, EventData } from "../protocol/events.ts";
import type { BlockFence } from "./people/block_fence.ts";
import type { PersonMessage } from "./people/bus_messages.ts";
import type { Delivery } from "./people/delivery.ts";
import type { Member } from "./people/member.ts";
import type { Members } from "./people/members.ts";
import type { PersonBus } from "./people/person_bus.ts";
import type { PersonEvent } from "./people/person_event.ts";
import type { PresenceFeed } from "./people/presence_feed.ts";
import type { Reconciliation } from "./people/reconciliation.ts";
import type { Staff } from "./people/staff.ts";
import type { Typing } from "./people/typing.ts";
import { mayHear } from "./people/visibility.ts";
import type { Counters } from "./stats/counters.ts";
import { STATS_TOPIC, type Statistics } from "./stats/statistics.ts";

interface HubDeps {
  readonly bus: Bus;
  readonly nodeId: string;
  readonly personBus: PersonBus;
  readonly counters: Counters;
  readonly members: Members;
  readonly delivery: Delivery;
  readonly fence: BlockFence;
  readonly typing: Typing;
  readonly presence: PresenceService;
  readonly presenceFeed: PresenceFeed;
  readonly staff: Staff;
  readonly statistics: Statistics;
  readonly reconciliation: Reconciliation;
  /** @returns The head of a person's log, as of some moment after the call. */
  readonly readHead: (userId: string) => Promise<number>;
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
}

const STAFF_TOPIC = "staff";

/** See the module. */
export class Hub {
  readonly #deps: HubDeps;

  constructor(deps: HubDeps) {
    this.#deps = deps;
    const { bus, personBus, reconciliation, onError } = deps;
    personBus.onMessage((member, message) => this.#receive(member, message));
    bus.onMessage((topic, payload) => this.#heard(topic, payload));
    bus.onRestored(() => void reconciliation.all().catch(onError));
    void bus.subscribe(STAFF_TOPIC);
    void bus.subscribe(STATS_TOPIC);
  }

  /**
   * Tells every member of staff, on every node.
   *
   * @param options.except The person whom it is about: their sockets do not get it.
   */
  tellStaff<E extends EphemeralEventName>(
    event: E,
    data: EventData<E>,
    { except = "-" }: { except?: string } = {},
  ): void {
    const json = JSON.stringify(data);
    this.#deps.staff.tell(event, json, { except });
    this.#deps.bus.publish(STAFF_TOPIC, `${event} ${except} ${json}`);
  }

  /** Sessions have ended: closes their sockets, on every node. */
  revoke({ userId, sessionId, reason }: SessionsRevoked): void {
    this.#deps.personBus.send(userId, { kind: "revoked", sessionId, reason });
  }

  /** A retry found these people's work done, maybe by a process that died before it told anybody. */
  wake(userIds: readonly string[]): void {
    for (const userId of userIds) this.#deps.personBus.send(userId, { kind: "grown" });
  }

  /** Closes sockets, `node/socket`, that had to make room for a newer one. */
  evict(userId: string, sockets: readonly string[]): void {
    this.#deps.personBus.send(userId, { kind: "evicted", sockets });
  }

  /**
   * A block between two people has been committed: when this resolves, no node passes on anything that either did
   * before it. A node that hangs, or a Redis that is away, is waited for at most 200 ms.
   */
  async part(a: string, b: string): Promise<void> {
    await this.#deps.fence.raise(a, b).catch(this.#deps.onError);
  }

  /** The numbers of all nodes. */
  live(): LiveStats {
    return this.#deps.statistics.read();
  }

  /** Once a second. */
  turn(): void {
    const { members, presence, reconciliation, statistics, typing, onError, now } = this.#deps;
    const gone = members.expire(now());
    if (gone.length > 0) void presence.left(gone).catch(onError);
    typing.turn();
    statistics.turn();
    reconciliation.turn().catch(onError);
  }

  start(): void {
    this.#deps.presence.start();
  }

  async close(): Promise<void> {
    await this.#deps.presence.close();
  }

  /** A failure concerns this message alone: a node of another version may have sent it. */
  #heard(topic: string, payload: string): void {
    const { counters, fence, personBus, staff, statistics, onError } = this.#deps;
    counters.busIn++;
    try {
      if (topic === STATS_TOPIC) {
        statistics.heard(payload);
      } else if (topic === STAFF_TOPIC) {
        const [, event = "", except = "", json = "{}"] = /^(\S+) (\S+) (.*)$/s.exec(payload) ?? [];
        staff.tell(event, json, { except });
      } else if (topic === fence.topic) {
        fence.confirmed(payload);
      } else {
        personBus.heard(topic, payload);
      }
    } catch (error) {
      onError(error);
    }
  }

  #receive(member: Member, message: PersonMessage): void {
    switch (message.kind) {
      case "event":
        if (message.event.seq > 0) this.#deps.delivery.deliver(member, message.event);
        else this.#show(member, message.event);
        return;
      case "grown": {
        const { delivery, readHead, onError } = this.#deps;
        readHead(member.userId).then((head) => delivery.learnHead(member, head), onError);
        return;
      }
      case "fenced":
        this.#deps.fence.heard(member, message);
        return;
      case "revoked":
        for (const socket of member.sockets) {
          if (message.sessionId !== null && socket.sessionId !== message.sessionId) continue;
          socket.close(message.reason === "sanction" ? "SANCTIONED" : "LOGGED_OUT");
        }
        return;
      case "evicted": {
        const here = `${this.#deps.nodeId}/`;
        for (const socket of member.sockets) {
          if (message.sockets.includes(here + socket.id)) socket.close("CONNECTED_ELSEWHERE");
        }
      }
    }
  }

  #show(member: Member, event: PersonEvent): void {
    if (!mayHear(member, event)) return;
    if (event.event === "user_typing") this.#deps.typing.show(member, event);
    else this.#deps.presenceFeed.show(member, event);
  }
}
