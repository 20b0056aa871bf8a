/**
 * Delivers durable events to sockets: live when an event is the next one of the socket, from the log when it is not.
 * Messages between nodes may be lost, doubled or reordered; a socket gets the log, in order, each event once.
 * @module
 */
import type { Counters } from "../stats/counters.ts";
import { type EventCodec, type Member, type MemberSocket, Phase } from "./member.ts";
import type { PersonEvent } from "./person_event.ts";
import type { Replay } from "./replay.ts";
import { mayHear } from "./visibility.ts";

interface DeliveryDeps {
  readonly replay: Pick<Replay, "run">;
  readonly counters: Counters;
  /** Told of each event before it is sent. */
  readonly onEvent: (member: Member, event: PersonEvent) => void;
}

/** Two nodes' messages overtake each other by about this, ms; a longer gap is read from the log. */
const REORDER_MS = 15;
const MAX_EARLY = 64;

/** See the module. */
export class Delivery {
  readonly #deps: DeliveryDeps;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** Sends a durable event to the sockets whose next one it is. */
  deliver(member: Member, event: PersonEvent): void {
    this.#deps.onEvent(member, event);
    if (event.seq > member.head) member.head = event.seq;
    let next: PersonEvent | undefined = event;
    while (next) {
      if (this.#deliverNext(member, next)) {
        const follower: PersonEvent | undefined = member.early?.get(next.seq + 1);
        if (follower) member.early!.delete(follower.seq);
        next = follower;
      } else {
        this.#keep(member, next);
        return;
      }
    }
    if (member.early?.size === 0) member.early = null;
  }

  /** The log has grown to this position; sockets that are behind read it. */
  learnHead(member: Member, head: number): void {
    if (head > member.head) member.head = head;
    if (member.sockets.some((socket) => isBehind(socket, member))) this.#mend(member);
  }

  /** Brings a socket from its position to the head of the log; see {@link Replay.run}. */
  catchUp(socket: MemberSocket, { announce }: { announce: boolean }): Promise<void> {
    return this.#deps.replay.run(socket, { announce });
  }

  /** @returns False when a socket waits for what comes before this event. */
  #deliverNext(member: Member, event: PersonEvent): boolean {
    const { counters } = this.#deps;
    const { seq, event: name, json, at } = event;
    const hidden = !mayHear(member, event);
    let complete = true;
    let got = 0;
    let text = "";
    let codec: EventCodec | undefined;
    for (const socket of member.sockets) {
      if (socket.phase !== Phase.Live || socket.seq >= seq) continue;
      if (socket.seq !== seq - 1) {
        complete = false;
        continue;
      }
      socket.seq = seq;
      if (socket.confirm(event) || hidden) continue;
      if (socket.codec !== codec) {
        codec = socket.codec;
        text = codec.event(name, json, { seq });
      }
      socket.send(text);
      got++;
    }
    if (got > 0 && at > 0) {
      counters.delivered++;
      counters.delivery.record(Math.max(0, Date.now() - at));
    }
    return complete;
  }

  /** Keeps an event until its predecessor comes, or its sockets have read the log. */
  #keep(member: Member, event: PersonEvent): void {
    member.early ??= new Map();
    if (member.early.size < MAX_EARLY) member.early.set(event.seq, event);
    this.#mend(member);
  }

  /** After a moment, sockets that are still behind read the log. */
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

function isBehind(socket: MemberSocket, member: Member): boolean {
  return socket.phase === Phase.Live && socket.seq < member.head;
}
