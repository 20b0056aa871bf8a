/**
 * Whether a member may hear of an event, by what this node has heard about the two people: a block hides what the
 * other one did however late it arrives, and activity crosses an active conversation only. The database decides first
 * (server/db/activity.ts, the sync feature); this covers what was on its way when the relation changed.
 * @module
 */
import type { EventData } from "../../protocol/events.ts";
import type { Member, PeerState } from "./member.ts";
import type { PersonEvent } from "./person_event.ts";

/** Durable events about what somebody did, and the field that says who; others tell how things stand and always pass. */
const ACTORS: Readonly<Record<string, string>> = {
  new_message: "sender_id",
  message_read: "read_by",
  request_received: "sender_id",
  match_created: "user_id",
};

/** @returns Whether the event may reach the member's sockets. */
export function mayHear(member: Member, event: PersonEvent): boolean {
  // Mostly nothing has changed between anybody: then no data is parsed.
  if (member.peers === null) return true;
  const actor = event.from ?? actorOf(event);
  const peer = actor === undefined ? undefined : member.peers.get(actor);
  if (!peer) return true;
  if (event.seq > 0) return peer.status !== "blocked" && event.seq > peer.hiddenUpTo;
  // Activity. A block that was heard of after the conversation's status hides it, whatever that status was.
  return (peer.status === null || peer.status === "active") && peer.hiddenUpTo <= peer.statusSeq;
}

/** Remembers what an event says about the relation of the member to somebody. */
export function learnRelation(member: Member, event: PersonEvent): void {
  if (event.event !== "conversation_updated") return;
  const { user_id, status } = event.data as EventData<"conversation_updated">;
  const peer = peerOf(member, user_id);
  if (peer.statusSeq >= event.seq) return;
  peer.status = status;
  peer.statusSeq = event.seq;
  // It can be read again, and so can what is replayed of it.
  if (status !== "blocked" && event.seq > peer.hiddenUpTo) peer.hiddenUpTo = -1;
}

/** A block was committed: hides what that person did up to the position of the member's log. */
export function hideUpTo(member: Member, userId: string, position: number): void {
  const peer = peerOf(member, userId);
  peer.hiddenUpTo = Math.max(peer.hiddenUpTo, position);
}

function actorOf(event: PersonEvent): string | undefined {
  const field = Object.hasOwn(ACTORS, event.event) ? ACTORS[event.event] : undefined;
  return field === undefined ? undefined : (event.data as Record<string, string>)[field];
}

function peerOf(member: Member, userId: string): PeerState {
  member.peers ??= new Map();
  let peer = member.peers.get(userId);
  if (!peer) {
    peer = { status: null, statusSeq: -1, hiddenUpTo: -1 };
    member.peers.set(userId, peer);
  }
  return peer;
}
