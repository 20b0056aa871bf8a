/**
 * Attaches an authenticated socket to its person: the list of staff, heartbeats, presence, and the flow of events from
 * its position in the log. It reads no frame and writes none.
 * @module
 */
import type { PresenceService } from "../../features/presence/mod.ts";
import type { Delivery } from "../people/delivery.ts";
import { Phase } from "../people/member.ts";
import type { Staff } from "../people/staff.ts";
import type { Counters } from "../stats/counters.ts";
import { observed, type Watchers } from "../stats/observed.ts";
import type { Authenticator, Entered } from "./authenticator.ts";
import type { Connection } from "./connection.ts";
import type { Pulse } from "./pulse.ts";

interface AttachDeps {
  readonly authenticator: Authenticator;
  readonly counters: Counters;
  readonly delivery: Delivery;
  readonly presence: PresenceService;
  readonly pulse: Pulse;
  readonly staff: Staff;
  /** Sockets a person may have on all nodes. */
  readonly maxPerUser: number;
  /** Closes sockets, `node/socket`, wherever they are. */
  readonly evict: (userId: string, sockets: readonly string[]) => void;
  /** A device has its person's log up to there. */
  readonly received: (sessionId: string, seq: number) => void;
  /** Told of failures that no caller awaits. */
  readonly onError: (error: unknown) => void;
  readonly watchers: Watchers;
  readonly now: () => number;
}

/** See the module. */
export interface Attachment {
  /**
   * Checks a token on a new socket, or a fresh one on a live socket.
   *
   * @returns Undefined when the socket closed meanwhile.
   * @throws What {@link Authenticator} throws.
   */
  authenticate(connection: Connection, token: string): Promise<Entered | undefined>;
  /** From here on a new socket gets events: those after `since`, or from the head of the log on. */
  start(connection: Connection, from: { since: number | undefined; head: number }): void;
}

/** @returns The functions of {@link Attachment}. */
export function createAttachment(deps: AttachDeps): Attachment {
  const { authenticator, counters, delivery, presence, pulse, received, staff, watchers, onError, now } =
    deps;

  /** In the background. Where a person has too many sockets, the oldest is closed. */
  function register(connection: Connection): void {
    const { evict, maxPerUser } = deps;
    const member = connection.member!;
    presence.connected(member.userId, connection.id, { max: maxPerUser }).then((evicted) => {
      if (evicted) {
        if (evicted.length > 0) evict(member.userId, evicted);
        return;
      }
      // Without the store each node counts its own sockets.
      const surplus = member.sockets.slice(0, Math.max(0, member.sockets.length - maxPerUser));
      for (const socket of surplus) socket.close("CONNECTED_ELSEWHERE");
    }, onError);
  }

  return {
    async authenticate(connection, token) {
      const entered = await observed(watchers, "authenticate", () =>
        connection.member ? authenticator.renew(connection, token) : authenticator.enter(connection, token),
      );
      if (!entered) return undefined;
      connection.role = entered.viewer.role;
      staff.sort(connection);
      pulse.entered(connection, now());
      return entered;
    },

    start(connection, { since, head }) {
      register(connection);
      if (since === undefined) {
        connection.seq = head;
        connection.phase = Phase.Live;
        delivery.learnHead(connection.member!, head);
        return;
      }
      counters.reconnects++;
      // What comes before has arrived; a position beyond the log is not this person's.
      received(connection.sessionId, Math.min(since, head));
      connection.seq = since;
      void delivery.catchUp(connection, { announce: true });
    },
  };
}
