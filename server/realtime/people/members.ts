/**
 * The people with sockets on this node, each held for a grace period after the last socket is gone. This node is
 * subscribed to the bus topics of exactly these people.
 * @module
 */

import type { Bus } from "../../backplane/mod.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
import type { Counters } from "../stats/counters.ts";
import { topicOfUser } from "./bus_messages.ts";
import { Member, type MemberSocket } from "./member.ts";

/** How long a person without a socket is still held, ms; a reconnect within it changes nobody's presence. */
export const GRACE_MS = BOUNDS.OFFLINE_AFTER.value;

export class Members {
  readonly #bus: Bus;
  readonly #counters: Counters;
  readonly #byId = new Map<string, Member>();
  /** People whose last socket is gone, in the order of leaving, each with the moment. */
  #leaving: { readonly member: Member; readonly since: number }[] = [];
  #round: Iterator<Member> | undefined;

  constructor(bus: Bus, counters: Counters) {
    this.#bus = bus;
    this.#counters = counters;
  }

  get(userId: string): Member | undefined {
    return this.#byId.get(userId);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Adds a socket to its person, who is held from now on. */
  join(socket: MemberSocket, userId: string): Member {
    let member = this.#byId.get(userId);
    if (!member) {
      member = new Member(userId);
      member.subscribed = this.#bus.subscribe(topicOfUser(userId));
      this.#byId.set(userId, member);
    }
    if (member.sockets.length === 0) this.#counters.members++;
    member.sockets = [...member.sockets, socket];
    member.emptySince = 0;
    socket.member = member;
    return member;
  }

  /** Removes a socket from its person. */
  leave(socket: MemberSocket, now: number): void {
    const { member } = socket;
    if (!member?.sockets.includes(socket)) return;
    member.sockets = member.sockets.filter((other) => other !== socket);
    if (member.sockets.length > 0) return;
    this.#counters.members--;
    member.emptySince = now;
    this.#leaving.push({ member, since: now });
  }

  /** @returns The people whose grace is over; they are no longer held here. */
  expire(now: number): string[] {
    const over = this.#leaving.findIndex(({ since }) => since + GRACE_MS > now);
    const due = this.#leaving.splice(0, over === -1 ? this.#leaving.length : over);
    // Whoever came back in between, and perhaps left again, has another moment.
    const gone = due
      .filter(({ member, since }) => member.sockets.length === 0 && member.emptySince === since)
      .map(({ member }) => member);
    for (const { userId } of gone) {
      this.#byId.delete(userId);
      this.#bus.unsubscribe(topicOfUser(userId));
    }
    return gone.map(({ userId }) => userId);
  }

  /** @returns Everybody who is held here, with the ids of their sockets. */
  held(): Map<string, string[]> {
    const held = new Map<string, string[]>();
    for (const { userId, sockets } of this.#byId.values()) {
      held.set(
        userId,
        sockets.map(({ id }) => id),
      );
    }
    return held;
  }

  /** @returns The next people in turn, of everybody over and over; people may come and go meanwhile. */
  next(count: number): Member[] {
    const taken: Member[] = [];
    while (taken.length < Math.min(count, this.#byId.size)) {
      this.#round ??= this.#byId.values();
      const step = this.#round.next();
      if (step.done) {
        this.#round = undefined;
        if (taken.length > 0) break;
      } else {
        taken.push(step.value);
      }
    }
    return taken;
  }

  /** @returns Everybody. */
  all(): IterableIterator<Member> {
    return this.#byId.values();
  }
}
