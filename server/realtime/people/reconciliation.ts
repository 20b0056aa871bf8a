/**
 * Periodic reconciliation with the database; repairs what a lost bus message left stale: log, sanctions, role, sessions
 * and online flag of each connected person. Everybody is checked within half a minute, and every second while the bus
 * is down.
 * @module
 */
import type { Delivery } from "./delivery.ts";
import { type Member, type MemberSocket, Phase } from "./member.ts";
import type { Members } from "./members.ts";
import type { PersonState } from "./queries.ts";

interface ReconciliationDeps {
  readonly members: Members;
  readonly delivery: Delivery;
  readonly loadPeople: (userIds: readonly string[]) => Promise<PersonState[]>;
  readonly loadEndedSessions: (sessionIds: readonly string[]) => Promise<Set<string>>;
  readonly busHealthy: () => boolean;
  /** These people are connected here, and offline according to the database. */
  readonly onOffline: (held: ReadonlyMap<string, readonly string[]>) => void;
  /** The role of a socket's person has changed. */
  readonly onRole: (socket: MemberSocket) => void;
  readonly now: () => number;
}

/** Turns in which everybody is checked once. */
const ROUND = 25;
const MAX_CHUNK = 2_000;
/** A socket younger than this may not be marked online yet, ms. */
const SETTLED_MS = 5_000;

export class Reconciliation {
  readonly #deps: ReconciliationDeps;
  #running = false;

  constructor(deps: ReconciliationDeps) {
    this.#deps = deps;
  }

  /** Checks the next part of everybody, about every second; left out while the last one is under way. */
  async turn(): Promise<void> {
    const { members, busHealthy } = this.#deps;
    if (this.#running || members.size === 0) return;
    this.#running = true;
    try {
      let left = busHealthy() ? Math.ceil(members.size / ROUND) : members.size;
      while (left > 0) {
        const chunk = members.next(Math.min(left, MAX_CHUNK));
        if (chunk.length === 0) return;
        left -= chunk.length;
        await this.#check(chunk);
      }
    } finally {
      this.#running = false;
    }
  }

  /** Checks everybody at once, after an interruption of the bus. */
  async all(): Promise<void> {
    const everybody = [...this.#deps.members.all()];
    for (let i = 0; i < everybody.length; i += MAX_CHUNK)
      await this.#check(everybody.slice(i, i + MAX_CHUNK));
  }

  async #check(chunk: readonly Member[]): Promise<void> {
    const sockets = chunk.flatMap((member) => member.sockets);
    if (sockets.length === 0) return;
    const people = await this.#deps.loadPeople(chunk.map(({ userId }) => userId));
    const byId = new Map(people.map((person) => [person.userId, person]));
    const offline = new Map<string, string[]>();
    for (const member of chunk) {
      const person = byId.get(member.userId);
      this.#apply(member, person);
      if (person && !person.online && this.#isSettled(member)) {
        offline.set(
          member.userId,
          member.sockets.map(({ id }) => id),
        );
      }
    }
    if (offline.size > 0) this.#deps.onOffline(offline);
    const ended = await this.#deps.loadEndedSessions([...new Set(sockets.map(({ sessionId }) => sessionId))]);
    for (const socket of sockets) if (ended.has(socket.sessionId)) socket.close("LOGGED_OUT");
  }

  #apply(member: Member, person: PersonState | undefined): void {
    for (const socket of member.sockets) {
      if (!person) socket.close("UNAUTHORIZED");
      else if (person.suspended) socket.close("SANCTIONED");
      else if (socket.role !== person.role) {
        socket.role = person.role;
        this.#deps.onRole(socket);
      }
    }
    if (person) this.#deps.delivery.learnHead(member, person.lastSeq);
  }

  #isSettled(member: Member): boolean {
    const before = this.#deps.now() - SETTLED_MS;
    return member.sockets.some(({ phase, openedAt }) => phase === Phase.Live && openedAt < before);
  }
}
