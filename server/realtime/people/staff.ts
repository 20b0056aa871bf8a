/**
 * The sockets of moderators and admins on this node, and the events that only they get. Roles are kept fresh by
 * reconciliation.
 * @module
 */
import { isStaff } from "../../domain/viewer.ts";
import type { MemberSocket } from "./member.ts";

export class Staff {
  readonly #sockets = new Set<MemberSocket>();

  /** Adds or removes a socket by its role. */
  sort(socket: MemberSocket): void {
    if (isStaff(socket.role)) {
      this.#sockets.add(socket);
    } else {
      this.left(socket);
      socket.watching = false;
    }
  }

  left(socket: MemberSocket): void {
    this.#sockets.delete(socket);
  }

  /**
   * Tells every member of staff here.
   *
   * @param options.except The person whom it is about: their sockets do not get it.
   */
  tell(event: string, json: string, { except }: { except?: string | undefined } = {}): void {
    for (const socket of this.#sockets) {
      if (socket.member?.userId !== except) socket.offer(socket.codec.event(event, json));
    }
  }

  /** Sends each of those who have subscribed to the statistics their own: nobody sees numbers about themselves. */
  show(event: string, jsonFor: (userId: string) => string): void {
    for (const socket of this.#sockets) {
      const userId = socket.watching ? socket.member?.userId : undefined;
      if (userId !== undefined) socket.offer(socket.codec.event(event, jsonFor(userId)));
    }
  }

  /** Whether anybody here has subscribed to the statistics. */
  get watched(): boolean {
    for (const { watching } of this.#sockets) if (watching) return true;
    return false;
  }
}
