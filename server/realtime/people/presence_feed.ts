/**
 * Presence as sockets get it: `presence_snapshot` after `caught_up`, and `user_online` and `user_offline` from then on.
 * Changes that are heard while a snapshot is being read follow it, so that an older reading never undoes them.
 * @module
 */
import { isFed, type Member, type MemberSocket } from "./member.ts";
import type { PersonEvent } from "./person_event.ts";

interface PresenceFeedDeps {
  /** @returns Who is online of the people whose presence that person may see. */
  readonly readOnline: (userId: string) => Promise<readonly string[]>;
  readonly onError: (error: unknown) => void;
}

/** See the module. */
export class PresenceFeed {
  readonly #deps: PresenceFeedDeps;
  /** Sockets whose snapshot is being read, with the frames that wait for it. */
  readonly #waiting = new Map<MemberSocket, string[]>();

  constructor(deps: PresenceFeedDeps) {
    this.#deps = deps;
  }

  /** Sends the snapshot. Never rejects: without the database the socket gets the changes alone. */
  async begin(socket: MemberSocket): Promise<void> {
    const { member } = socket;
    if (!member || this.#waiting.has(socket)) return;
    const waiting: string[] = [];
    this.#waiting.set(socket, waiting);
    try {
      const online = await this.#deps.readOnline(member.userId);
      socket.send(socket.codec.event("presence_snapshot", JSON.stringify({ online })));
    } catch (error) {
      this.#deps.onError(error);
    } finally {
      this.#waiting.delete(socket);
    }
    for (const frame of waiting) socket.offer(frame);
  }

  /** Tells the member that somebody came or went. */
  show(member: Member, { event, json }: PersonEvent): void {
    for (const socket of member.sockets) {
      if (!isFed(socket)) continue;
      const frame = socket.codec.event(event, json);
      const waiting = this.#waiting.get(socket);
      if (waiting) waiting.push(frame);
      else socket.offer(frame);
    }
  }
}
