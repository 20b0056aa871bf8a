/**
 * The sockets of moderators and admins on this node: what only they hear. It judges by the role that the patrol
 * keeps fresh.
 * @module
 */
import { isStaff } from "../../http/mod.ts";
import type { MemberSocket } from "./member.ts";

export class Staff {
  readonly #sockets = new Set<MemberSocket>();

  /** Puts a socket where its role belongs. */
  sort(connection: MemberSocket): void {
    if (isStaff(connection.role)) {
      this.#sockets.add(connection);
    } else {
      this.left(connection);
      connection.watching = false;
    }
  }

  left(connection: MemberSocket): void {
    this.#sockets.delete(connection);
  }

  /**
   * Tells every member of staff here.
   *
   * @param options.except Whom it is about.
   */
  tell(event: string, json: string, { except }: { except?: string | undefined } = {}): void {
    for (const socket of this.#sockets) {
      if (socket.member?.userId !== except) socket.offer(socket.codec.event(event, json));
    }
  }

  /** Tells those who watch the statistics. */
  show(event: string, json: string): void {
    for (const socket of this.#sockets) {
      if (socket.watching) socket.offer(socket.codec.event(event, json));
    }
  }

  /** Whether anybody watches the statistics here. */
  get watched(): boolean {
    for (const { watching } of this.#sockets) if (watching) return true;
    return false;
  }
}
