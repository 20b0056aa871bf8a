/**
 * The way of a durable event to sockets: live when it is the next one, from the log when it is not. Hints may be
 * lost, doubled or out of order; what a socket gets is the log, in order, each event once.
 * @module
 */
import type { Bus } from "../../backplane/mod.ts";
import type { AppendedEvent } from "../../db/event_log.ts";
import type { SocketObserver } from "../../lib/socket_observer.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Counters } from "../stats/counters.ts";
import { type EventCodec, type LoggedFrame, type Member, type MemberSocket, Phase } from "./member.ts";
import type { Members } from "./members.ts";
import { topicOfUser, writeNews } from "./news.ts";

/** A part of a person's log as that person may see it now. */
export interface LogPage {
  /** In order; events behind a block are left out. */
  readonly events: readonly { readonly seq: number; readonly event: string; readonly data: unknown }[];
  /** Everything up to this position is in this page, or left out of it. */
  readonly seq: number;
  readonly hasMore: boolean;
  /** What was asked for is no longer in the log: go on from `seq`. */
  readonly resyncRequired: boolean;
}

/** Reads a person's log from after `since`. */
export type ReadLog = (
  userId: string,
  options: { readonly since: number; readonly limit: number },
) => Promise<LogPage>;

/** Somebody who acts on what events say; called once an event, whoever hears of it. */
export type OnEvent = (member: Member, frame: LoggedFrame) => void;

interface DeliveryDeps {
  readonly members: Members;
  readonly bus: Bus;
  readonly readLog: ReadLog;
  readonly counters: Counters;
  readonly observer?: SocketObserver | undefined;
  readonly onEvent: OnEvent;
  readonly onError: (error: unknown) => void;
}

const PAGE = 200;
/** Two nodes' publishes overtake each other by about this, ms; a longer gap is read from the log. */
const REORDER_MS = 15;
const MAX_EARLY = 64;
const WRITABLE_WITHIN_MS = 30_000;
const RETRY_MS = 1_000;
/** Readings in vain after which a hint is not believed any more. */
const MAX_VAIN = 3;

export class Delivery {
  readonly #deps: DeliveryDeps;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** Tells this node's sockets and the other nodes; called after the commit. */
  publish(events: readonly AppendedEvent[]): void {
    const { members, bus, counters, observer } = this.#deps;
    let data: unknown;
    let json = "";
    for (const event of events) {
      if (event.data !== data) {
        data = event.data;
        json = JSON.stringify(data);
      }
      const frame = { seq: event.seq, event: event.event, json, at: storedAt(event) };
      if (isOwnMessage(event)) {
        counters.sent++;
        observer?.onStored(event.data.seq);
      }
      const member = members.get(event.userId);
      if (member) this.deliver(member, frame);
      bus.publish(topicOfUser(event.userId), writeNews({ kind: "logged", ...frame }));
      counters.busOut++;
    }
  }

  /** Gives a frame to the sockets whose next one it is. */
  deliver(member: Member, frame: LoggedFrame): void {
    this.#deps.onEvent(member, frame);
    if (frame.seq > member.head) member.head = frame.seq;
    let next: LoggedFrame | undefined = frame;
    while (next) {
      if (this.#deliverNext(member, next)) {
        const follower: LoggedFrame | undefined = member.early?.get(next.seq + 1);
        if (follower) member.early!.delete(follower.seq);
        next = follower;
      } else {
        this.#keep(member, next);
        return;
      }
    }
    if (member.early?.size === 0) member.early = null;
  }

  /** The log has grown to here; whoever has not heard of it reads. */
  learnHead(member: Member, head: number): void {
    if (head > member.head) member.head = head;
    if (member.sockets.some((socket) => isBehind(socket, member))) this.#mend(member);
  }

  /**
   * Brings a socket from its position to the head of the log, in order, and makes it live. A failure that is not the
   * database's absence closes it with 4013: the client reconnects with a growing delay.
   *
   * @param announce Whether to say `caught_up`.
   */
  async catchUp(connection: MemberSocket, { announce }: { announce: boolean }): Promise<void> {
    try {
      await this.#replay(connection, announce);
    } catch (error) {
      this.#deps.onError(error);
      connection.close("UNAVAILABLE");
    }
  }

  async #replay(connection: MemberSocket, announce: boolean): Promise<void> {
    const member = connection.member!;
    connection.phase = Phase.Replaying;
    let vain = 0;
    let missed = 0;
    for (;;) {
      const before = connection.seq;
      const page = await this.#replayPage(connection, member);
      if (page === undefined) return;
      missed += page.sent;
      vain = connection.seq > before ? 0 : vain + 1;
      if (vain >= MAX_VAIN && connection.seq < member.head) member.head = connection.seq;
      if (!page.more && connection.seq >= member.head) break;
    }
    connection.phase = Phase.Live;
    if (!announce) return;
    connection.send(connection.codec.event("caught_up", `{"seq":${connection.seq}}`));
    this.#deps.observer?.onResumed(missed);
  }

  /** @returns Events sent, and whether there is more to read; undefined when the socket is gone. */
  async #replayPage(
    connection: MemberSocket,
    member: Member,
  ): Promise<{ readonly sent: number; readonly more: boolean } | undefined> {
    const { counters, onEvent } = this.#deps;
    let sent = 0;
    const page = await this.#read(connection, member.userId);
    if (!page || connection.phase !== Phase.Replaying) return undefined;
    if (page.resyncRequired) {
      counters.resyncs++;
      connection.send(connection.codec.event("resync_required", `{"seq":${page.seq}}`));
    }
    for (const { seq, event, data } of page.events) {
      if (seq <= connection.seq) continue;
      const frame = { seq, event, json: JSON.stringify(data), at: 0 };
      onEvent(member, frame);
      connection.seq = seq;
      if (!isHidden(member, frame)) {
        connection.send(connection.codec.event(event, frame.json, { seq }));
        counters.replayed++;
        sent++;
      }
      if (connection.backlogged && !(await connection.writable(WRITABLE_WITHIN_MS))) return undefined;
      if (connection.closed) return undefined;
    }
    // Back as well: a position beyond the log is not ours.
    if (page.seq > connection.seq || page.resyncRequired) connection.seq = page.seq;
    return { sent, more: page.hasMore };
  }

  /**
   * Tries again for as long as the database is unavailable, since a waiting socket costs little.
   *
   * @throws Any other failure: it would only repeat itself.
   */
  async #read(connection: MemberSocket, userId: string): Promise<LogPage | undefined> {
    while (!connection.closed) {
      try {
        return await this.#deps.readLog(userId, { since: connection.seq, limit: PAGE });
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.#deps.onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
      }
    }
    return undefined;
  }

  /** @returns False when a socket waits for what comes before this frame. */
  #deliverNext(member: Member, frame: LoggedFrame): boolean {
    const { counters } = this.#deps;
    const { seq, event, json } = frame;
    let complete = true;
    let got = 0;
    let text = "";
    let codec: EventCodec | undefined;
    const hidden = isHidden(member, frame);
    for (const socket of member.sockets) {
      if (socket.phase !== Phase.Live || socket.seq >= seq) continue;
      if (socket.seq !== seq - 1) {
        complete = false;
        continue;
      }
      socket.seq = seq;
      if (hidden) continue;
      if (socket.codec !== codec) {
        codec = socket.codec;
        text = codec.event(event, json, { seq });
      }
      socket.send(text);
      got++;
    }
    if (got > 0 && frame.at > 0) {
      counters.delivered++;
      counters.delivery.record(Math.max(0, Date.now() - frame.at));
    }
    return complete;
  }

  /** Holds a frame until its predecessor comes, for a moment. */
  #keep(member: Member, frame: LoggedFrame): void {
    member.early ??= new Map();
    if (member.early.size < MAX_EARLY) member.early.set(frame.seq, frame);
    this.#mend(member);
  }

  /** After a moment, whoever is still behind reads the log. */
  #mend(member: Member): void {
    if (member.mending) return;
    member.mending = true;
    setTimeout(() => {
      member.mending = false;
      for (const socket of member.sockets) {
        if (!isBehind(socket, member)) continue;
        this.#deps.counters.healed++;
        void this.catchUp(socket, { announce: false });
      }
      member.early = null;
    }, REORDER_MS);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof AppError && error.code === "SERVICE_UNAVAILABLE";
}

function isBehind(socket: MemberSocket, member: Member): boolean {
  return socket.phase === Phase.Live && socket.seq < member.head;
}

/** Events about what somebody did, and the field that says who; the others tell how things stand and always pass. */
const ACTORS: Readonly<Record<string, string>> = {
  new_message: "sender_id",
  message_read: "read_by",
  request_received: "sender_id",
  match_created: "user_id",
};

/** Whether the event comes from somebody behind a block; only then its data is read. */
function isHidden(member: Member, { seq, event, json }: LoggedFrame): boolean {
  if (!member.hidesAny || !Object.hasOwn(ACTORS, event)) return false;
  return member.hides((JSON.parse(json) as Record<string, string>)[ACTORS[event]!]!, seq);
}

/** Each message has two events; the sender's counts. */
function isOwnMessage(event: AppendedEvent): event is AppendedEvent<"new_message"> {
  return event.event === "new_message" && (event.data as { sender_id: string }).sender_id === event.userId;
}

/** Latency is measured on new messages; a request's message was written long before it is placed. */
function storedAt({ event, data }: AppendedEvent): number {
  if (event !== "new_message") return 0;
  const { created_at, is_request } = data as { created_at: string; is_request: boolean };
  return is_request ? 0 : Date.parse(created_at);
}
