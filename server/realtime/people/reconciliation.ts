/**
 * The look at the truth that makes every lost word harmless: in turn, each connected person's log, sanctions, role
 * and sessions are compared with what their sockets know. Everybody's turn comes within half a minute, and every
 * second while the bus is down.
 * @module
 */
import type { Delivery } from "./delivery.ts";
import { type Member, type MemberSocket, Phase } from "./member.ts";
import type { Members } from "./members.ts";
import type { PersonState } from "./queries.ts";

interface PatrolDeps {
  readonly members: Members;
  readonly delivery: Delivery;
  readonly loadPeople: (userIds: readonly string[]) => Promise<PersonState[]>;
  readonly loadEndedSessions: (sessionIds: readonly string[]) => Promise<Set<string>>;
  readonly busHealthy: () => boolean;
  /** The database takes these people for offline. */
  readonly onUnseen: (held: ReadonlyMap<string, readonly string[]>) => void;
  readonly onRole: (connection: MemberSocket) => void;
  readonly now: () => number;
}

/** Turns in which everybody is looked at once. */
const ROUND = 25;
const MAX_CHUNK = 2_000;
/** A socket younger than this may not be marked online yet, ms. */
const SETTLED_MS = 5_000;

export class Patrol {
  readonly #deps: PatrolDeps;
  #running = false;

  constructor(deps: PatrolDeps) {
    this.#deps = deps;
  }

  /** One turn, about every second; one that takes longer swallows the next. */
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
        await this.#look(chunk);
      }
    } finally {
      this.#running = false;
    }
  }

  /** Everybody at once: after an interruption of the bus. */
  async all(): Promise<void> {
    const everybody = [...this.#deps.members.all()];
    for (let i = 0; i < everybody.length; i += MAX_CHUNK) await this.#look(everybody.slice(i, i + MAX_CHUNK));
  }

  async #look(chunk: readonly Member[]): Promise<void> {
    const sockets = chunk.flatMap((member) => member.sockets);
    if (sockets.length === 0) return;
    const people = await this.#deps.loadPeople(chunk.map(({ userId }) => userId));
    const byId = new Map(people.map((person) => [person.userId, person]));
    const unseen = new Map<string, string[]>();
    for (const member of chunk) {
      const person = byId.get(member.userId);
      this.#judge(member, person);
      if (person && !person.online && this.#isSettled(member)) {
        unseen.set(
          member.userId,
          member.sockets.map(({ id }) => id),
        );
      }
    }
    if (unseen.size > 0) this.#deps.onUnseen(unseen);
    const ended = await this.#deps.loadEndedSessions([...new Set(sockets.map(({ sessionId }) => sessionId))]);
    for (const socket of sockets) if (ended.has(socket.sessionId)) socket.close("LOGGED_OUT");
  }

  #judge(member: Member, person: PersonState | undefined): void {
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
