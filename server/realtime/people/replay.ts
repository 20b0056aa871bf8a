/**
 * Brings a socket from its position to the head of its person's log, in order, page by page. The log is the sync
 * feature's; a socket that is live already is fed by delivery.ts.
 * @module
 */
import type { SyncService } from "../../features/sync/mod.ts";
import type { SocketObserver } from "../../lib/socket_observer.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Counters } from "../stats/counters.ts";
import { type Member, type MemberSocket, Phase } from "./member.ts";
import { PersonEvent } from "./person_event.ts";
import { mayHear } from "./visibility.ts";

/** Reads a person's log from after a position. */
export type ReadLog = SyncService["readLog"];
/** A stretch of a log as its person may see it now. */
export type LogPage = Awaited<ReturnType<ReadLog>>;

interface ReplayDeps {
  readonly readLog: ReadLog;
  readonly counters: Counters;
  readonly observer?: SocketObserver | undefined;
  /** Told of each event before it is sent. */
  readonly onEvent: (member: Member, event: PersonEvent) => void;
  /** A socket has been sent `caught_up`. */
  readonly onCaughtUp: (socket: MemberSocket) => void;
  readonly onError: (error: unknown) => void;
}

const PAGE = 200;
const WRITABLE_WITHIN_MS = 30_000;
const RETRY_MS = 1_000;
/** Empty reads after which a position that was heard of is discarded. */
const MAX_EMPTY = 3;

/** See the module. */
export class Replay {
  readonly #deps: ReplayDeps;

  constructor(deps: ReplayDeps) {
    this.#deps = deps;
  }

  /**
   * Makes the socket live. A failure that is not the database's absence closes it with 4013: the client reconnects
   * with a growing delay.
   *
   * @param options.announce Whether to say `caught_up`.
   */
  async run(socket: MemberSocket, { announce }: { announce: boolean }): Promise<void> {
    try {
      await this.#replay(socket, announce);
    } catch (error) {
      this.#deps.onError(error);
      socket.close("UNAVAILABLE");
    }
  }

  async #replay(socket: MemberSocket, announce: boolean): Promise<void> {
    const member = socket.member!;
    socket.phase = Phase.Replaying;
    let empty = 0;
    let missed = 0;
    for (;;) {
      const before = socket.seq;
      const page = await this.#replayPage(socket, member);
      if (page === undefined) return;
      missed += page.sent;
      empty = socket.seq > before ? 0 : empty + 1;
      if (empty >= MAX_EMPTY && socket.seq < member.head) member.head = socket.seq;
      if (!page.more && socket.seq >= member.head) break;
    }
    socket.phase = Phase.Live;
    socket.confirmOverdue();
    if (!announce) return;
    socket.send(socket.codec.event("caught_up", `{"seq":${socket.seq}}`));
    this.#deps.observer?.onResumed(missed);
    this.#deps.onCaughtUp(socket);
  }

  /** @returns Events sent, and whether there is more to read; undefined when the socket is gone. */
  async #replayPage(
    socket: MemberSocket,
    member: Member,
  ): Promise<{ readonly sent: number; readonly more: boolean } | undefined> {
    const { counters, onEvent } = this.#deps;
    let sent = 0;
    const page = await this.#read(socket, member.userId);
    if (!page || socket.phase !== Phase.Replaying) return undefined;
    if (page.resyncRequired) {
      counters.resyncs++;
      socket.send(socket.codec.event("resync_required", `{"seq":${page.seq}}`));
    }
    for (const { seq, event: name, data } of page.events) {
      if (seq <= socket.seq) continue;
      const event = new PersonEvent(name, { data, seq });
      onEvent(member, event);
      socket.seq = seq;
      if (!socket.confirm(event) && mayHear(member, event)) {
        socket.send(socket.codec.event(name, event.json, { seq }));
        counters.replayed++;
        sent++;
      }
      if (socket.backlogged && !(await socket.writable(WRITABLE_WITHIN_MS))) return undefined;
      if (socket.closed) return undefined;
    }
    // After a resync the position may go back: it was beyond the log.
    if (page.seq > socket.seq || page.resyncRequired) socket.seq = page.seq;
    return { sent, more: page.hasMore };
  }

  /**
   * Tries again for as long as the database is unavailable, since a waiting socket costs little.
   *
   * @throws Any other failure: it would only repeat itself.
   */
  async #read(socket: MemberSocket, userId: string): Promise<LogPage | undefined> {
    while (!socket.closed) {
      try {
        return await this.#deps.readLog(userId, { since: socket.seq, limit: PAGE });
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== "SERVICE_UNAVAILABLE") throw error;
        this.#deps.onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
      }
    }
    return undefined;
  }
}
